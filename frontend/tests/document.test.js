// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeDocument, DocumentError } from "../src/model/document.js";
import { makeDocument } from "./fixtures.js";

const NODES = [
  [-1, 0, 1, 0, 0],
  [0, 1, 1, 100, 60],
  [1, 4, 3, 30, 30],
  [1, 5, 1, 400, 20],
];

test("totals are self plus the totals of the children", () => {
  const { tree } = decodeDocument(makeDocument(NODES));
  assert.deepEqual([...tree.totalWall], [530, 530, 30, 400]);
  assert.deepEqual([...tree.totalCpu], [110, 110, 30, 20]);
});

test("the profiler's own cost is in no time that is shown", () => {
  const document = makeDocument(NODES);
  const { tree, wall } = decodeDocument(document);
  document.overhead_ns = 77;
  document.nodes.overhead = NODES.map(() => 11);
  const costly = decodeDocument(document);
  assert.deepEqual(costly.tree.totalWall, tree.totalWall);
  assert.deepEqual(costly.tree.selfCpu, tree.selfCpu);
  assert.equal(costly.wall, wall);
});

test("frames get a label, a group and a short place", () => {
  const { frames } = decodeDocument(makeDocument(NODES));
  assert.deepEqual(
    frames.map(({ label, group, place }) => [label, group, place]),
    [
      ["request", "other", ""],
      ["views.index", "app", "views.py:3"],
      ["fib", "app", "maths.py:10"],
      ["Model.save", "library", "django/db/models/base.py:800"],
      ["builtins.len", "builtin", ""],
      ["SELECT 1", "sql", ""],
      ["index.html", "template", "templates/index.html"],
    ],
  );
});

const BREAKAGES = {
  "a foreign schema": (document) => (document.schema = "other/1"),
  "strings that are no list": (document) => (document.strings = "abc"),
  "a frame column that is too short": (document) => document.frames.file.pop(),
  "a string index out of range": (document) => (document.frames.name[1] = 999),
  "a node column that is missing": (document) => delete document.nodes.self_cpu,
  "a node column that is too short": (document) => document.nodes.calls.pop(),
  "a frame index out of range": (document) => (document.nodes.frame[1] = 7),
  "a fractional frame index": (document) => (document.nodes.frame[1] = 0.5),
  "a parent that comes later": (document) => (document.nodes.parent[1] = 2),
  "a second root": (document) => (document.nodes.parent[1] = -1),
  "a time that is no number": (document) => (document.nodes.self_wall[1] = "1"),
  "no nodes": (document) => {
    for (const column of Object.values(document.nodes)) column.length = 0;
  },
};

for (const [name, damage] of Object.entries(BREAKAGES)) {
  test(`a document with ${name} is refused`, () => {
    const document = makeDocument(NODES);
    damage(document);
    assert.throws(() => decodeDocument(document), DocumentError);
  });
}

test("null is refused as a document", () => {
  assert.throws(() => decodeDocument(null), DocumentError);
});
