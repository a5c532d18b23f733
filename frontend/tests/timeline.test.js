// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeDocument, DocumentError } from "../src/model/document.js";
import { endOf } from "../src/model/timeline.js";
import { makeDocument, withTimeline } from "./fixtures.js";

const NODES = [[-1, 0, 0, 0, 0], [0, 1, 0, 10, 0], [1, 2, 0, 30, 0]];
const SLICES = [[0, 1, 10], [0, 2, 30], [0, 0, 5], [2, 0, 20], [2, 2, 1]];

function decode(slices, change = () => {}) {
  const document = withTimeline(makeDocument(NODES), slices);
  change(document);
  return decodeDocument(document);
}

test("the slices of a track begin where the ones before them ended", () => {
  const { timeline } = decode(SLICES);
  assert.deepEqual(
    timeline.map(({ node, at }) => [[...node], [...at]]),
    [
      [[1, 2, 0], [0, 10, 40, 45]],
      [[0, 2], [0, 20, 21]],
    ],
  );
});

test("it ends with the session, or with a track that ends later", () => {
  assert.equal(endOf(decode(SLICES, (document) => (document.wall_ns = 99))), 99);
  assert.equal(endOf(decode(SLICES, (document) => (document.wall_ns = 1))), 45);
  assert.equal(endOf(decode(SLICES, (document) => (document.wall_ns = Infinity))), 45);
});

test("a document without a timeline has no tracks", () => {
  assert.deepEqual(decodeDocument(makeDocument(NODES)).timeline, []);
  assert.deepEqual(decode([]).timeline, []);
});

const BREAKAGES = {
  "a node out of range": ({ timeline }) => (timeline.node[0] = 3),
  "a node that is text": ({ timeline }) => (timeline.node[0] = "1"),
  "a track that is negative": ({ timeline }) => (timeline.track[0] = -1),
  "tracks in another order": ({ timeline }) => (timeline.track[0] = 1),
  "a slice that takes no time": ({ timeline }) => (timeline.wall[0] = 0),
  "a time that is no whole number": ({ timeline }) => (timeline.wall[0] = 1.5),
  "a column that is too long": ({ timeline }) => timeline.wall.push(1),
  "a column that is missing": ({ timeline }) => delete timeline.node,
  "a list instead of columns": (document) => (document.timeline = []),
  "null instead of columns": (document) => (document.timeline = null),
};

for (const [name, damage] of Object.entries(BREAKAGES)) {
  test(`a timeline with ${name} is refused`, () => {
    assert.throws(() => decode(SLICES, damage), DocumentError);
  });
}
