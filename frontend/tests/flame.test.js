// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeDocument } from "../src/model/document.js";
import { flameData } from "../src/model/flame.js";
import { foldLibraries } from "../src/model/fold.js";
import { availableWeights, weightById } from "../src/model/weights.js";
import { makeDocument } from "./fixtures.js";

const profile = decodeDocument(
  makeDocument([
    [-1, 0, 1, 0, 0],
    [0, 3, 1, 10, 10],
    [1, 1, 1, 20, 20],
    [2, 3, 2, 30, 25],
    [3, 5, 2, 200, 5],
    [4, 4, 2, 40, 5],
    [2, 6, 1, 60, 60],
    [1, 1, 1, 1, 1],
    [0, 4, 1, 0, 0],
  ]),
);

function outline(node) {
  return [node.name, node.value, ...node.children.map(outline)];
}

test("children are drawn heaviest first and nothing without width is drawn", () => {
  assert.deepEqual(outline(flameData(profile, weightById("wall"))), [
    "request",
    361,
    [
      "Model.save",
      361,
      [
        "views.index",
        350,
        ["Model.save", 270, ["SELECT 1", 240, ["builtins.len", 40]]],
        ["index.html", 60],
      ],
      ["views.index", 1],
    ],
  ]);
});

test("SQL time is what lies in and below statements", () => {
  assert.deepEqual(outline(flameData(profile, weightById("sql"))), [
    "request",
    240,
    ["Model.save", 240, ["views.index", 240, ["Model.save", 240, ["SELECT 1", 240, ["builtins.len", 40]]]]],
  ]);
});

test("waiting is wall time without CPU time and never negative", () => {
  const odd = decodeDocument(makeDocument([[-1, 0, 1, 0, 0], [0, 1, 1, 5, 9], [0, 2, 1, 8, 2]]));
  assert.equal(flameData(odd, weightById("waiting")).value, 6);
});

test("weights that are zero everywhere are not offered", () => {
  assert.deepEqual(
    availableWeights(profile).map(({ id }) => id),
    ["wall", "cpu", "waiting", "sql"],
  );
});

test("folding gives the time of libraries to their callers and merges what becomes one path", () => {
  const folded = foldLibraries(profile);
  assert.deepEqual(outline(flameData(folded, weightById("wall"))), [
    "request",
    361,
    ["views.index", 351, ["SELECT 1", 240], ["index.html", 60]],
  ]);
  assert.deepEqual([...folded.tree.calls], [1, 2, 2, 1]);
  assert.equal(folded.tree.totalCpu[0], profile.tree.totalCpu[0]);
});
