// SPDX-License-Identifier: MIT
// The marks of a time axis: round times, labelled in one unit with as many digits as they need.
import { timeUnit } from "./format.js";

function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least * (1 - 1e-9));
  // There is nothing between two nanoseconds.
  return Math.max(1, factor * power);
}

export function ticks({ start, end }, most) {
  const step = roundStep((end - start) / Math.max(1, most));
  const [scale, unit] = timeUnit(end);
  const digits = Math.max(0, Math.ceil(Math.log10(scale / step) - 1e-9));
  const label = (time) => (time === 0 ? "0" : `${(time / scale).toFixed(digits)} ${unit}`);
  const marks = [];
  for (let i = Math.ceil(start / step); i * step <= end; i++) marks.push({ time: i * step, label: label(i * step) });
  return marks;
}
