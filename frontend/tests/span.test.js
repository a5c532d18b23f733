// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { isWhole, moved, showing, spanAround, zoomed } from "../src/model/span.js";

const WHOLE = 100_000;

test("zooming keeps the time under the pointer where it is", () => {
  const span = zoomed({ start: 0, end: WHOLE }, 20_000, 0.5, WHOLE);
  assert.deepEqual(span, { start: 10_000, end: 60_000 });
  assert.equal((20_000 - span.start) / (span.end - span.start), 0.2);
});

test("zooming out ends with the whole", () => {
  const span = zoomed({ start: 50_000, end: 90_000 }, 90_000, 10, WHOLE);
  assert.deepEqual(span, { start: 0, end: WHOLE });
  assert.ok(isWhole(span, WHOLE));
  assert.ok(!isWhole({ start: 1, end: WHOLE }, WHOLE));
});

test("zooming in ends where there is nothing to tell apart", () => {
  assert.deepEqual(zoomed({ start: 0, end: 2000 }, 1000, 0.001, WHOLE), { start: 500, end: 1500 });
  const tiny = zoomed({ start: 0, end: 10 }, 5, 0.5, 10);
  assert.deepEqual(tiny, { start: 0, end: 10 });
});

test("times as large as numbers go can be zoomed into", () => {
  const whole = 2 ** 53;
  let span = { start: 0, end: whole };
  for (let i = 0; i < 200; i++) span = zoomed(span, whole / 3, 0.5, whole);
  assert.ok(span.end > span.start);
});

test("moving stops at both ends", () => {
  assert.deepEqual(moved({ start: 10_000, end: 30_000 }, 5000, WHOLE), { start: 15_000, end: 35_000 });
  assert.deepEqual(moved({ start: 10_000, end: 30_000 }, -99_000, WHOLE), { start: 0, end: 20_000 });
  assert.deepEqual(moved({ start: 10_000, end: 30_000 }, 99_000, WHOLE), { start: 80_000, end: WHOLE });
});

test("a rectangle is framed, with room where it is shorter than can be shown", () => {
  assert.deepEqual(spanAround({ start: 2000, end: 7000 }, WHOLE), { start: 2000, end: 7000 });
  assert.deepEqual(spanAround({ start: 5000, end: 5100 }, WHOLE), { start: 4550, end: 5550 });
});

test("no more is moved than is needed to see a rectangle", () => {
  const span = { start: 20_000, end: 40_000 };
  assert.equal(showing(span, { start: 25_000, end: 30_000 }, WHOLE), span);
  assert.equal(showing(span, { start: 0, end: WHOLE }, WHOLE), span);
  assert.deepEqual(showing(span, { start: 10_000, end: 22_000 }, WHOLE), { start: 10_000, end: 30_000 });
  assert.deepEqual(showing(span, { start: 39_000, end: 45_000 }, WHOLE), { start: 25_000, end: 45_000 });
  assert.deepEqual(showing(span, { start: 50_000, end: 90_000 }, WHOLE), { start: 50_000, end: 70_000 });
});
