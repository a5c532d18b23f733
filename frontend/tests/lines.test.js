// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeDocument, DocumentError } from "../src/model/document.js";
import { makeDocument, withLines } from "./fixtures.js";

const NODES = [[-1, 0, 0, 0, 0], [0, 1, 0, 100, 60], [1, 3, 0, 30, 30]];
const LINES = [[1, 4, 7, 80], [1, 6, 2, 20], [3, 812, 3, 30]];

function damaged(damage) {
  const document = withLines(makeDocument(NODES), LINES);
  damage(document.lines);
  return document;
}

test("a line has its own place, the frame of its function, and numbers", () => {
  const { lines, frames } = decodeDocument(withLines(makeDocument(NODES), LINES));
  assert.deepEqual(lines.map(({ place }) => place), ["views.py:4", "views.py:6", "django/db/models/base.py:812"]);
  assert.equal(lines[0].frame, frames[1]);
  const { line, samples, selfWall, selfCpu, totalWall, totalCpu } = lines[0];
  assert.deepEqual({ line, samples, selfWall, selfCpu, totalWall, totalCpu }, {
    line: 4,
    samples: 7,
    selfWall: 80,
    selfCpu: 40,
    totalWall: 160,
    totalCpu: 80,
  });
});

test("a line that is not known has the place of its file, and none without one", () => {
  const { lines } = decodeDocument(withLines(makeDocument(NODES), [[1, 0, 1, 1], [4, 0, 1, 1]]));
  assert.deepEqual(lines.map(({ place }) => place), ["views.py", ""]);
});

test("a document without lines has none", () => {
  assert.deepEqual(decodeDocument(makeDocument(NODES)).lines, []);
});

const BREAKAGES = {
  "a frame out of range": (lines) => (lines.frame[0] = 7),
  "a line that is text": (lines) => (lines.line[0] = "4"),
  "half a sample": (lines) => (lines.samples[0] = 0.5),
  "a negative time": (lines) => (lines.self_wall[0] = -1),
  "a time past what numbers hold": (lines) => (lines.total_cpu[0] = 2 ** 53),
  "a column that is too short": (lines) => lines.total_wall.pop(),
  "a column that is missing": (lines) => delete lines.self_cpu,
  "no columns": (lines) => delete lines.frame,
};

for (const [name, damage] of Object.entries(BREAKAGES)) {
  test(`lines with ${name} are refused`, () => {
    assert.throws(() => decodeDocument(damaged(damage)), DocumentError);
  });
}

test("null is refused as lines", () => {
  assert.throws(() => decodeDocument({ ...makeDocument(NODES), lines: null }), DocumentError);
});
