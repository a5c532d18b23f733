// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { condenseLibraries } from "../src/model/condense.js";
import { decodeDocument } from "../src/model/document.js";
import { flameData } from "../src/model/flame.js";
import { weightById } from "../src/model/weights.js";
import { FRAMES, makeDocument } from "./fixtures.js";

const OTHER = FRAMES.length;
const frames = [...FRAMES, ["Query.run", "/venv/lib/python3.12/site-packages/django/query.py", 5, "python"]];

function profileOf(...nodes) {
  return decodeDocument(makeDocument([[-1, 0, 1, 0, 0], ...nodes], frames));
}

function outline(node) {
  return [node.name, node.value, ...node.children.map(outline)];
}

function condensed(profile) {
  return outline(flameData(condenseLibraries(profile), weightById("wall")));
}

test("a straight run of libraries is one frame that bears the name of its end", () => {
  const profile = profileOf([0, 3, 1, 1, 0], [1, OTHER, 1, 1, 0], [2, 3, 2, 98, 0], [3, 1, 1, 900, 0]);
  assert.deepEqual(condensed(profile), [
    "request",
    1000,
    ["Model.save (+2)", 1000, ["views.index", 900]],
  ]);
});

test("times stay what they were, for every clock", () => {
  const profile = profileOf([0, 3, 1, 2, 1], [1, OTHER, 1, 98, 50], [1, 4, 1, 1, 1], [2, 1, 1, 40, 30]);
  const { tree } = condenseLibraries(profile);
  assert.equal(tree.totalWall[0], profile.tree.totalWall[0]);
  assert.equal(tree.totalCpu[0], profile.tree.totalCpu[0]);
});

test("a light sibling hangs on the run", () => {
  const profile = profileOf([0, 3, 1, 0, 0], [1, OTHER, 1, 99, 0], [1, 4, 1, 1, 0]);
  assert.deepEqual(condensed(profile), ["request", 100, ["Query.run (+1)", 100, ["builtins.len", 1]]]);
});

test("branches and one's own code stay", () => {
  const branch = profileOf([0, 3, 1, 0, 0], [1, OTHER, 1, 50, 0], [1, 3, 1, 50, 0]);
  assert.deepEqual(condensed(branch), ["request", 100, ["Model.save", 100, ["Query.run", 50], ["Model.save", 50]]]);
  const own = profileOf([0, 1, 1, 0, 0], [1, 2, 1, 100, 0]);
  assert.deepEqual(condensed(own), ["request", 100, ["views.index", 100, ["fib", 100]]]);
});

test("a run goes on in one child only", () => {
  const profile = profileOf([0, 3, 1, 0, 0], [1, OTHER, 1, 0, 0], [1, 3, 1, 0, 0]);
  assert.equal(condenseLibraries(profile).tree.size, 3);
});

test("a frame knows what it stands for", () => {
  const profile = profileOf([0, 3, 1, 1, 0], [1, OTHER, 5, 100, 0]);
  const { frames: result, tree } = condenseLibraries(profile);
  const frame = result[tree.frame[1]];
  assert.deepEqual(frame.run.map(({ label }) => label), ["Model.save", "Query.run"]);
  assert.equal(tree.calls[1], 5);
});
