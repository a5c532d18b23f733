// SPDX-License-Identifier: MIT
// The flame graph panel: what its width means, search, zoom and the drawing itself.
import { select } from "d3-selection";
import flamegraph from "d3-flame-graph";

import { applyDetail } from "../model/details.js";
import { flameData } from "../model/flame.js";
import { formatPercent } from "../model/format.js";
import { availableWeights, weightById } from "../model/weights.js";
import { frameFill } from "./colors.js";
import { detailChoice } from "./detail-choice.js";
import { debounce, h } from "./dom.js";
import { listenForKeys, makeFocusable } from "./flame-keys.js";
import { legend } from "./legend.js";
import { transitionDuration } from "./motion.js";
import { flameTooltip } from "./tooltip.js";

const ROW_HEIGHT = 20;
// Frames narrower than this appear when one zooms in; drawn, they would only be long thin spikes.
const NARROWEST_FRAME = 2.5;

function matches(datum, term) {
  const { frame } = datum.data;
  const has = ({ label, file }) => label.toLowerCase().includes(term) || file.toLowerCase().includes(term);
  return (frame.run ?? [frame]).some(has);
}

class FlamePanel {
  constructor(profile, panel) {
    this.profile = profile;
    this.weight = weightById("wall");
    this.term = "";
    this.buildControls();
    this.holder = h("div", { class: "dp-flame", role: "group", "aria-label": "Flame graph" });
    this.note = h("p", { class: "dp-note" });
    panel.append(this.controls, this.holder, this.note);
    listenForKeys(this.holder, {
      zoom: (datum) => this.zoom(datum),
      reset: () => this.reset(),
      focused: (event) => event.target.__data__ && this.tooltip.show({ currentTarget: event.target }, event.target.__data__),
    });
    this.holder.addEventListener("focusout", () => this.tooltip.hide());
    new ResizeObserver(debounce(() => this.resize(), 100)).observe(this.holder);
    this.draw();
  }

  buildControls() {
    const options = availableWeights(this.profile).map(({ id, label }) => h("option", { value: id }, label));
    this.search = h("input", {
      type: "search",
      class: "dp-search",
      placeholder: "Search function or file",
      "aria-label": "Search function or file",
      oninput: debounce(() => this.find(this.search.value), 150),
    });
    this.matched = h("output", { class: "dp-matched", "aria-live": "polite" });
    this.weightChoice = h("select", { class: "dp-weight", onchange: (event) => this.choose(event.target.value) }, options);
    this.detail = detailChoice(() => this.draw());
    this.controls = h(
      "div",
      { class: "dp-controls" },
      h("label", {}, "Width ", this.weightChoice),
      this.detail.element,
      this.search,
      this.matched,
      h("button", { type: "button", class: "dp-reset", onclick: () => this.reset() }, "Reset"),
      legend(this.profile.frames),
    );
  }

  choose(id) {
    this.weight = weightById(id);
    this.draw();
  }

  draw() {
    this.chart?.destroy();
    this.holder.replaceChildren();
    const data = flameData(applyDetail(this.profile, this.detail.chosen()), this.weight);
    this.whole = data.value;
    this.tooltip = flameTooltip(this.weight, this.whole);
    this.width = this.holder.clientWidth;
    this.chart = flamegraph()
      .width(this.width)
      .cellHeight(ROW_HEIGHT)
      .inverted(true)
      .minFrameSize(NARROWEST_FRAME)
      .resetHeightOnZoom(true)
      .transitionDuration(transitionDuration())
      .setColorMapper((datum) => (datum.highlight ? "var(--dp-match)" : frameFill(datum.data.frame)))
      .tooltip(this.tooltip)
      .onClick((datum) => this.zoomed(datum))
      .setSearchMatch(matches)
      .setSearchHandler((results, sum) => this.report(results, sum));
    select(this.holder).datum(data).call(this.chart);
    this.zoomed(null);
    if (this.term) this.find(this.term);
  }

  describe(datum) {
    const { frame, value } = datum.data;
    return `${frame.label}, ${this.weight.format(value)}, ${formatPercent(value, this.whole)}`;
  }

  zoom(datum) {
    this.chart.zoomTo(datum);
    const element = [...this.holder.querySelectorAll("g.frame")].find((g) => g.__data__ === datum);
    element?.focus();
  }

  zoomed(datum) {
    this.current = datum;
    const inside = datum && datum.depth > 0;
    this.note.textContent = inside
      ? `Zoomed into ${this.describe(datum)}. Click a faded frame above, or Reset, to go back.`
      : "Click a frame to zoom into it. Arrow keys move, Enter zooms, Escape goes back.";
    makeFocusable(this.holder, (each) => this.describe(each));
  }

  find(text) {
    this.term = text.trim().toLowerCase();
    if (this.term) this.chart.search(this.term);
    else this.clear();
  }

  report(results, sum) {
    const share = formatPercent(sum, this.current?.data.value ?? this.whole);
    this.matched.textContent = `${share} in ${results.length} ${results.length === 1 ? "frame" : "frames"}`;
  }

  clear() {
    this.matched.textContent = "";
    this.chart.clear();
  }

  show(text) {
    this.search.value = text;
    this.reset({ keepSearch: true });
    this.find(text);
  }

  reset({ keepSearch = false } = {}) {
    if (!keepSearch) {
      this.search.value = "";
      this.term = "";
      this.clear();
    }
    this.chart.resetZoom();
  }

  resize() {
    const width = this.holder.clientWidth;
    if (width === 0 || Math.abs(width - this.width) < 2) return;
    this.width = width;
    this.chart.width(width).update();
    makeFocusable(this.holder, (each) => this.describe(each));
  }
}

export function flamePanel(profile, panel) {
  return new FlamePanel(profile, panel);
}
