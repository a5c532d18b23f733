// SPDX-License-Identifier: MIT
// The timeline panel: what each thread did one after another, as a flame chart.
import { applyDetail } from "../model/details.js";
import { formatPercent, formatTime } from "../model/format.js";
import { buildRectangles } from "../model/rectangles.js";
import { showing, spanAround } from "../model/span.js";
import { firstOf } from "../model/steps.js";
import { endOf } from "../model/timeline.js";
import { detailChoice } from "./detail-choice.js";
import { h } from "./dom.js";
import { legend } from "./legend.js";
import { TimelineCanvas } from "./timeline-canvas.js";
import { listenForKeys } from "./timeline-keys.js";
import { listenForPointer } from "./timeline-pointer.js";
import { TimelineView } from "./timeline-view.js";
import { tooltip } from "./tooltip.js";

const ZOOM_STEP = 2;
const HINT =
  "Click a rectangle to zoom into its time, drag to move, turn the wheel with Ctrl to zoom. Arrow keys move, Enter zooms, Escape goes back.";

class TimelinePanel {
  constructor(profile, panel) {
    this.profile = profile;
    this.whole = endOf(profile);
    this.view = new TimelineView(this.whole, { changed: (span) => this.chart.look(span), settled: () => this.report() });
    this.chart = new TimelineCanvas(this.view.everything);
    this.detail = detailChoice(() => this.draw());
    this.range = h("output", { class: "dp-matched", "aria-live": "polite" });
    this.note = h("p", { class: "dp-note", "aria-live": "polite" });
    this.tip = tooltip((rectangle) => this.tell(rectangle));
    this.tip();
    panel.append(this.controls(), this.chart.element, this.note);
    this.draw();
    this.chart.start();
    this.listen();
  }

  controls() {
    const button = (text, label, onclick) => h("button", { type: "button", "aria-label": label, onclick }, text);
    return h(
      "div",
      { class: "dp-controls" },
      this.detail.element,
      h(
        "span",
        { class: "dp-buttons" },
        button("+", "Zoom in", () => this.zoomBy(1 / ZOOM_STEP)),
        button("−", "Zoom out", () => this.zoomBy(ZOOM_STEP)),
        button("Reset", null, () => this.reset()),
      ),
      this.range,
      legend(this.profile.frames),
    );
  }

  listen() {
    const { canvas } = this.chart;
    listenForPointer(canvas, {
      press: () => (this.byKeyboard = false),
      hover: (event) => this.hover(event),
      leave: () => this.leave(),
      choose: (event) => this.choose(this.chart.rectangleUnder(event)),
      moveBy: (pixels) => this.view.moveBy(this.chart.timeOfPixels(pixels)),
      zoomAround: (clientX, factor) => this.zoomAround(clientX, factor),
    });
    listenForKeys(canvas, {
      step: (next) => this.step(next),
      zoomIn: () => this.choose(this.focused),
      zoomBy: (factor) => this.zoomBy(factor),
      reset: () => this.reset(),
    });
    canvas.addEventListener("focus", () => this.enter());
    canvas.addEventListener("blur", () => this.blur());
  }

  draw() {
    const shown = applyDetail(this.profile, this.detail.chosen());
    const { tracks, cut } = buildRectangles(shown);
    this.tracks = tracks;
    this.focused = null;
    this.hint = cut ? `${HINT} The deepest levels are not shown.` : HINT;
    this.note.textContent = this.hint;
    this.chart.show({ tracks, tree: shown.tree, frames: shown.frames });
  }

  tell({ node, track, start, end }) {
    const facts = [
      ["Duration", `${formatTime(end - start)} (${formatPercent(end - start, this.whole)})`],
      ["Start", formatTime(start)],
      ...(this.tracks.length > 1 ? [["Thread", String(track + 1)]] : []),
    ];
    return { frame: this.chart.scene.frameOf(node), facts };
  }

  describe(rectangle) {
    const { frame, facts } = this.tell(rectangle);
    const told = facts.map(([name, text]) => `${name.toLowerCase()} ${text}`);
    return [frame.label, frame.place, ...told].filter(Boolean).join(", ");
  }

  hover(event) {
    const rectangle = this.chart.rectangleUnder(event);
    this.chart.highlight("hovered", rectangle);
    if (rectangle) this.tip.show(event, rectangle);
    else this.tip.hide();
  }

  leave() {
    this.chart.highlight("hovered", null);
    this.tip.hide();
  }

  focus(rectangle) {
    this.focused = rectangle;
    this.chart.highlight("focused", this.byKeyboard ? rectangle : null);
    this.note.textContent = this.describe(rectangle);
  }

  enter() {
    // A pointer is about to choose.
    if (this.byKeyboard === false) return;
    this.byKeyboard = true;
    const first = this.focused ?? firstOf(this.tracks);
    if (first) this.focus(first);
  }

  blur() {
    this.byKeyboard = undefined;
    this.chart.highlight("focused", null);
    this.tip.hide();
  }

  step(next) {
    this.byKeyboard = true;
    const target = this.focused ? next(this.tracks, this.focused, this.view.span.start) : firstOf(this.tracks);
    if (!target) return;
    this.leave();
    this.focus(target);
    this.chart.scrollTo(target);
    const span = showing(this.view.span, target, this.whole);
    this.view.glideTo(span, () => this.tip.show(this.chart.placeOf(target), target));
  }

  choose(rectangle) {
    if (!rectangle) return;
    this.leave();
    this.focus(rectangle);
    this.note.textContent = `Zoomed into ${this.describe(rectangle)}. Reset or Escape goes back.`;
    this.view.glideTo(spanAround(rectangle, this.whole));
  }

  zoomAround(clientX, factor) {
    this.leave();
    this.view.zoomAround(this.chart.timeAt(clientX), factor);
  }

  zoomBy(factor) {
    this.leave();
    this.view.zoomBy(factor, this.focused ? (this.focused.start + this.focused.end) / 2 : NaN);
  }

  reset() {
    this.leave();
    this.note.textContent = this.hint;
    this.view.glideTo(this.view.everything);
  }

  report() {
    const { span, isWhole } = this.view;
    this.range.textContent = isWhole ? "" : `${formatTime(span.start)} – ${formatTime(span.end)}`;
    this.chart.canvas.classList.toggle("dp-zoomed", !isWhole);
  }
}

export function timelinePanel(profile, panel) {
  return new TimelinePanel(profile, panel);
}
