// SPDX-License-Identifier: MIT
// Which part of a timeline is on the screen, and how it gets there.
import { isWhole, moved, zoomed } from "../model/span.js";
import { glide } from "./motion.js";

function between(from, to, part) {
  const mix = (a, b) => (part === 1 ? b : a + (b - a) * part);
  return { start: mix(from.start, to.start), end: mix(from.end, to.end) };
}

export class TimelineView {
  // changed(span) for each picture, settled(span) when it has come to rest.
  constructor(whole, { changed, settled }) {
    this.whole = whole;
    this.everything = { start: 0, end: whole };
    this.span = this.everything;
    this.changed = changed;
    this.settled = settled;
    this.stop = () => {};
  }

  get isWhole() {
    return isWhole(this.span, this.whole);
  }

  set(span) {
    this.span = span;
    this.changed(span);
  }

  glideTo(target, done = () => {}) {
    const from = this.span;
    this.stop();
    if (target === from) return done();
    this.stop = glide((part) => {
      this.set(between(from, target, part));
      if (part < 1) return;
      this.settled(target);
      done();
    });
  }

  jumpTo(span) {
    this.stop();
    this.set(span);
    this.settled(span);
  }

  zoomAround(time, factor) {
    this.jumpTo(zoomed(this.span, time, factor, this.whole));
  }

  // Around this time if it is to be seen, else around the middle.
  zoomBy(factor, time) {
    const { start, end } = this.span;
    const seen = time > start && time < end ? time : (start + end) / 2;
    this.glideTo(zoomed(this.span, seen, factor, this.whole));
  }

  // Whether there was anything to move.
  moveBy(time) {
    const { start } = this.span;
    if (this.isWhole) return false;
    this.jumpTo(moved(this.span, time, this.whole));
    return this.span.start !== start;
  }
}
