// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { ticks } from "../src/model/ticks.js";

function labels(start, end, most) {
  return ticks({ start, end }, most).map(({ label }) => label);
}

test("marks stand at round times", () => {
  assert.deepEqual(labels(0, 85e6, 5), ["0", "20 ms", "40 ms", "60 ms", "80 ms"]);
  assert.deepEqual(labels(0, 1.2e9, 4), ["0", "0.5 s", "1.0 s"]);
  assert.deepEqual(labels(0, 900e3, 10), ["0", "100 µs", "200 µs", "300 µs", "400 µs", "500 µs", "600 µs", "700 µs", "800 µs", "900 µs"]);
});

test("they have as many digits as tell them apart", () => {
  assert.deepEqual(labels(76.1e6, 78.1e6, 4), ["76.5 ms", "77.0 ms", "77.5 ms", "78.0 ms"]);
  assert.deepEqual(labels(1_234_567_000, 1_234_568_000, 1), ["1.234567 s", "1.234568 s"]);
});

test("they stand where their label says", () => {
  for (const { time, label } of ticks({ start: 3e6, end: 47e6 }, 10)) assert.equal(`${time / 1e6} ms`, label);
});

test("there are never more than asked for and one", () => {
  for (let end = 1; end < 1e13; end *= 1.7) assert.ok(ticks({ start: 0, end }, 8).length <= 9, String(end));
});

test("nothing stands between two nanoseconds", () => {
  assert.deepEqual(labels(0, 3, 100), ["0", "1 ns", "2 ns", "3 ns"]);
});

test("a chart without room has a mark at its beginning", () => {
  assert.deepEqual(labels(0, 7e6, 0), ["0"]);
});
