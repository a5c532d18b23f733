// SPDX-License-Identifier: MIT
// The canvas of a timeline. It is no higher than the window: where there is more, it stays in view
// while the page scrolls over its holder, and shows the part that is there.
import { ROW_HEIGHT, layBands, levelAt, topOf } from "../model/bands.js";
import { rectangleAtTime } from "../model/rectangles.js";
import { onThemeChange, readColors } from "./colors.js";
import { h } from "./dom.js";
import { Labels } from "./labels.js";
import { AXIS_HEIGHT, paint } from "./timeline-paint.js";

const LABEL = "Timeline. Arrow keys move, Enter zooms, plus and minus zoom, Escape goes back.";

export class TimelineCanvas {
  constructor(span) {
    this.span = span;
    this.canvas = h("canvas", { class: "dp-timeline-canvas", tabindex: "0", role: "application", "aria-label": LABEL });
    this.element = h("div", { class: "dp-timeline" }, this.canvas);
    this.context = this.canvas.getContext("2d");
    this.labels = new Labels();
    this.request = 0;
  }

  // Once it is in the page.
  start() {
    new ResizeObserver(() => this.resize()).observe(this.element);
    window.addEventListener("resize", () => this.resize());
    document.addEventListener("scroll", () => this.draw(), { passive: true });
    onThemeChange(() => this.recolor());
  }

  // From the rectangles of a tree and what its nodes are.
  show({ tracks, tree, frames }) {
    const { bands, height } = layBands(tracks);
    this.scene = { tracks, bands, labels: this.labels, frameOf: (node) => frames[tree.frame[node]] };
    this.frames = frames;
    this.frameIndex = tree.frame;
    this.element.style.height = `${height + AXIS_HEIGHT}px`;
    this.recolor();
    this.resize();
  }

  recolor() {
    const colors = readColors(this.element);
    const [fills, plain] = [this.frames.map(colors.ofFrame), this.frames.map(colors.ofGroup)];
    const { frameIndex } = this;
    Object.assign(this.scene, {
      colors,
      font: `12px ${getComputedStyle(this.element).fontFamily}`,
      fillOf: (node) => fills[frameIndex[node]],
      plainFillOf: (node) => plain[frameIndex[node]],
    });
    this.draw();
  }

  resize() {
    const { width, height } = this.element.getBoundingClientRect();
    if (width === 0) return; // another tab is shown
    this.scale = window.devicePixelRatio || 1;
    this.width = width;
    this.height = Math.min(height, window.innerHeight);
    this.canvas.width = Math.round(width * this.scale);
    this.canvas.height = Math.round(this.height * this.scale);
    this.canvas.style.height = `${this.height}px`;
    this.paint(); // changing the size has cleared it
  }

  // However often it is asked for, once for each picture that is shown.
  draw() {
    this.request ||= requestAnimationFrame(() => {
      if (this.scale === window.devicePixelRatio) this.paint();
      else this.resize();
    });
  }

  paint() {
    cancelAnimationFrame(this.request);
    this.request = 0;
    if (!this.canvas.offsetWidth) return;
    const { top } = this.canvas.getBoundingClientRect();
    // How much of the holder has been scrolled past, and of the canvas, which has to go with its end.
    this.scroll = top - this.element.getBoundingClientRect().top;
    this.axisTop = Math.min(Math.max(0, -top), this.height - AXIS_HEIGHT);
    paint(this, this.scene);
  }

  look(span) {
    this.span = span;
    this.draw();
  }

  // Which is "hovered" or "focused".
  highlight(which, rectangle) {
    if (this.scene[which] === rectangle) return;
    this.scene[which] = rectangle;
    this.canvas.classList.toggle("dp-pointing", Boolean(this.scene.hovered));
    this.draw();
  }

  timeAt(clientX) {
    const { left, width } = this.canvas.getBoundingClientRect();
    return this.span.start + ((clientX - left) / width) * (this.span.end - this.span.start);
  }

  timeOfPixels(pixels) {
    return (pixels / this.width) * (this.span.end - this.span.start);
  }

  rectangleUnder({ clientX, clientY }) {
    if (clientY < this.canvas.getBoundingClientRect().top + this.axisTop + AXIS_HEIGHT) return null;
    const y = clientY - this.element.getBoundingClientRect().top - AXIS_HEIGHT;
    const level = levelAt(this.scene.bands, y);
    return level && rectangleAtTime(this.scene.tracks, level.track, level.depth, this.timeAt(clientX));
  }

  // The middle of what is seen of a rectangle, in the window.
  placeOf(rectangle) {
    const { left, top } = this.element.getBoundingClientRect();
    const { start, end } = this.span;
    const time = (Math.max(start, rectangle.start) + Math.min(end, rectangle.end)) / 2;
    const clientX = left + ((time - start) / (end - start)) * this.width;
    return { clientX, clientY: top + AXIS_HEIGHT + topOf(this.scene.bands, rectangle) + ROW_HEIGHT / 2 };
  }

  scrollTo(rectangle) {
    const { clientY } = this.placeOf(rectangle);
    const above = clientY - ROW_HEIGHT - AXIS_HEIGHT;
    const below = clientY + ROW_HEIGHT - window.innerHeight;
    if (above < 0) window.scrollBy(0, above);
    else if (below > 0) window.scrollBy(0, below);
  }
}
