// SPDX-License-Identifier: MIT
// Numbers for people: three digits are enough to compare, and few enough to read.

const TIME_UNITS = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
];

function threeDigits(value) {
  const size = Math.abs(value);
  if (size >= 99.95) return value.toFixed(0);
  return size >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

// How many nanoseconds the unit has that suits this time, and its name.
export function timeUnit(ns) {
  const size = Math.abs(ns);
  // 999.6 µs would be written "1000 µs": take the next unit from where rounding would reach it.
  return TIME_UNITS.find(([factor]) => size >= factor * 0.9995) ?? TIME_UNITS[3];
}

export function formatTime(ns) {
  if (!ns) return "0";
  const [scale, unit] = timeUnit(ns);
  if (unit === "ns") return `${Math.round(ns)} ns`;
  return `${threeDigits(ns / scale)} ${unit}`;
}

export function formatPercent(part, whole) {
  if (!(whole > 0)) return "0%";
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return "<0.1%";
  return `${percent >= 99.95 ? percent.toFixed(0) : percent.toFixed(1)}%`;
}

export function formatCount(count) {
  return Math.round(count).toLocaleString("en-US");
}
