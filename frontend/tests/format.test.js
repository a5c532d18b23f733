// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { formatCount, formatPercent, formatTime } from "../src/model/format.js";

test("times have three digits and the unit that suits them", () => {
  const cases = {
    "0": 0,
    "7 ns": 7,
    "999 ns": 999,
    "1.00 µs": 1000,
    "12.3 µs": 12345,
    "1.00 ms": 999960,
    "123 ms": 123456789,
    "1.50 s": 1.5e9,
    "-2.00 ms": -2e6,
  };
  for (const [text, ns] of Object.entries(cases)) assert.equal(formatTime(ns), text);
});

test("percentages never pretend that something is nothing", () => {
  assert.equal(formatPercent(1, 8), "12.5%");
  assert.equal(formatPercent(8, 8), "100%");
  assert.equal(formatPercent(1, 100000), "<0.1%");
  assert.equal(formatPercent(0, 8), "0.0%");
  assert.equal(formatPercent(1, 0), "0%");
});

test("counts are grouped by thousands", () => {
  assert.equal(formatCount(1234567), "1,234,567");
});
