// SPDX-License-Identifier: MIT
// The part of a timeline that is on the screen: { start, end }, always inside the whole.

// Sampling does not tell what happened in less than a microsecond; and a number has only so many digits.
function shortest(whole) {
  return Math.min(whole, Math.max(1000, whole * 1e-9));
}

function spanOf(start, length, whole) {
  const first = Math.min(Math.max(0, start), whole - length);
  return { start: first, end: first + length };
}

export function spanAround({ start, end }, whole) {
  const length = Math.min(whole, Math.max(end - start, shortest(whole)));
  return spanOf((start + end - length) / 2, length, whole);
}

// The time that is told stays where it is on the screen.
export function zoomed({ start, end }, time, factor, whole) {
  const length = Math.min(whole, Math.max((end - start) * factor, shortest(whole)));
  return spanOf(time - ((time - start) / (end - start)) * length, length, whole);
}

export function moved({ start, end }, by, whole) {
  return spanOf(start + by, end - start, whole);
}

// Moves no further than is needed to see a rectangle: all of it where it fits, else some of it.
export function showing(span, { start, end }, whole) {
  const length = span.end - span.start;
  const fits = end - start < length;
  if (!fits && start < span.end && end > span.start) return span;
  if (!fits || start < span.start) return spanOf(start, length, whole);
  return end > span.end ? spanOf(end - length, length, whole) : span;
}

export function isWhole({ start, end }, whole) {
  return start <= 0 && end >= whole;
}
