// SPDX-License-Identifier: MIT
// Draws a timeline on a canvas: { context, width, height, scale, span, scroll, axisTop } are the surface, and the
// scene is what there is to see. What is drawn depends on what can be told apart, not on what there is.
import { ROW_HEIGHT, topOf } from "../model/bands.js";
import { endOf, firstAfter, startOf } from "../model/rectangles.js";
import { ticks } from "../model/ticks.js";

export const AXIS_HEIGHT = 24;
const TICK_ROOM = 72;
const TICK_GAP = 16;
const LABEL_ROOM = 24;
const PADDING = 4;
// What is narrower is not drawn by itself: a column shows what stands in its middle. So no row takes more
// rectangles than there is room for, however many slices it has.
const NARROWEST = 1;
const COLUMN = 2;

function toX({ span, width }, time) {
  return ((time - span.start) / (span.end - span.start)) * width;
}

function toTime({ span, width }, x) {
  return span.start + (x / width) * (span.end - span.start);
}

// Setting a colour is slow even when it is the same.
function setFill(surface, color) {
  if (surface.fill === color) return;
  surface.fill = color;
  surface.context.fillStyle = color;
}

function fillBox({ context, width, scale }, left, right, y) {
  // Edges between the pixels of the screen would be blurred.
  const from = Math.round(Math.max(left, 0) * scale) / scale;
  const to = Math.round(Math.min(right, width) * scale) / scale;
  const gap = to - from >= 3 ? 1 : 0;
  context.fillRect(from, y, Math.max(to - from - gap, 1 / scale), ROW_HEIGHT - 1);
}

function paintLabel(surface, scene, node, left, right, y) {
  const from = Math.max(left, 0) + PADDING;
  const room = Math.min(right, surface.width) - PADDING - from;
  if (room < LABEL_ROOM) return;
  const text = scene.labels.fit(surface.context, scene.frameOf(node).label, room);
  setFill(surface, scene.colors.onFill);
  surface.context.fillText(text, from, y + ROW_HEIGHT / 2);
}

// The columns of a row that hold something narrow. Neighbours of one colour are one.
class Columns {
  constructor(surface, y) {
    this.surface = surface;
    this.y = y;
    this.from = 0;
    this.to = 0;
    this.fill = "";
  }

  add(column, fill) {
    const x = column * COLUMN;
    if (x !== this.to || fill !== this.fill) {
      this.flush();
      this.from = x;
      this.fill = fill;
    }
    this.to = x + COLUMN;
  }

  flush() {
    if (this.to <= this.from) return;
    setFill(this.surface, this.fill);
    this.surface.context.fillRect(this.from, this.y, this.to - this.from, ROW_HEIGHT - 1);
    this.from = this.to;
  }
}

// From the first narrow rectangle that a column can show, to the one after it.
function paintColumn(surface, scene, level, index, column, columns) {
  const middle = toTime(surface, (column + 0.5) * COLUMN);
  const there = firstAfter(level, middle, index);
  const { length } = level.node;
  if (there < length && startOf(level, there) <= middle) columns.add(column, scene.plainFillOf(level.node[there]));
  return firstAfter(level, toTime(surface, (column + 1) * COLUMN), index);
}

function paintLevel(surface, scene, level, y) {
  const columns = new Columns(surface, y);
  const { length } = level.node;
  let column = 0;
  let index = firstAfter(level, surface.span.start);
  while (index < length && startOf(level, index) < surface.span.end) {
    const left = toX(surface, startOf(level, index));
    const right = toX(surface, endOf(level, index));
    if (right - left >= NARROWEST) {
      const node = level.node[index++];
      setFill(surface, scene.fillOf(node));
      fillBox(surface, left, right, y);
      paintLabel(surface, scene, node, left, right, y);
    } else {
      column = Math.max(column, Math.floor(left / COLUMN));
      index = paintColumn(surface, scene, level, index, column++, columns);
    }
  }
  columns.flush();
}

function paintBands(surface, scene) {
  const { context, width, height, scroll } = surface;
  const isVisible = (y, size) => y + size > AXIS_HEIGHT && y < height;
  context.textBaseline = "middle";
  for (const band of scene.bands) {
    const offset = AXIS_HEIGHT - scroll;
    if (!isVisible(band.top + offset, band.bottom - band.top)) continue;
    if (band.title) {
      setFill(surface, scene.colors.quiet);
      context.fillText(band.title, 0, (band.top + band.rows) / 2 + offset, width);
    }
    scene.tracks[band.track].forEach((level, depth) => {
      const y = band.rows + depth * ROW_HEIGHT + offset;
      if (isVisible(y, ROW_HEIGHT)) paintLevel(surface, scene, level, y);
    });
  }
}

// As many as have room for their labels, of which the last is the longest.
function marksOf({ context, width, span }) {
  const marks = ticks(span, Math.floor(width / TICK_ROOM));
  const room = TICK_GAP + (marks.length ? context.measureText(marks[marks.length - 1].label).width : 0);
  return room <= TICK_ROOM ? marks : ticks(span, Math.floor(width / room));
}

// Over whatever has been scrolled below it.
function paintAxis(surface, scene, marks) {
  const { context, width, scale, axisTop } = surface;
  context.setTransform(scale, 0, 0, scale, 0, axisTop * scale);
  setFill(surface, scene.colors.background);
  context.fillRect(0, 0, width, AXIS_HEIGHT);
  setFill(surface, scene.colors.line);
  context.fillRect(0, AXIS_HEIGHT - 3, width, 1);
  for (const { time, label } of marks) {
    const x = Math.round(toX(surface, time));
    setFill(surface, scene.colors.quiet);
    context.fillRect(x, AXIS_HEIGHT - 8, 1, 5);
    if (x + PADDING + context.measureText(label).width <= width) context.fillText(label, x + PADDING, (AXIS_HEIGHT - 4) / 2);
  }
}

function paintGrid(surface, scene, marks) {
  setFill(surface, scene.colors.line);
  for (const { time } of marks) surface.context.fillRect(Math.round(toX(surface, time)), 0, 1, surface.height);
}

function paintFrame(surface, scene, rectangle, color, size) {
  if (!rectangle) return;
  const { context, width, scroll } = surface;
  const left = Math.max(toX(surface, rectangle.start), 0);
  const right = Math.min(toX(surface, rectangle.end), width);
  if (right < 0 || left > width) return;
  const y = topOf(scene.bands, rectangle) + AXIS_HEIGHT - scroll;
  context.strokeStyle = color;
  context.lineWidth = size;
  context.strokeRect(left + size / 2, y + size / 2, Math.max(right - left - size - 1, 1), ROW_HEIGHT - 1 - size);
}

export function paint(surface, scene) {
  const { context, width, height, scale } = surface;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = scene.font;
  surface.fill = null; // the canvas may have been reset
  const marks = marksOf(surface);
  paintGrid(surface, scene, marks);
  paintBands(surface, scene);
  paintFrame(surface, scene, scene.hovered, scene.colors.text, 1);
  paintFrame(surface, scene, scene.focused, scene.colors.focus, 2.5);
  paintAxis(surface, scene, marks);
}
