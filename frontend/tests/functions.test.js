// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeDocument } from "../src/model/document.js";
import { aggregateFunctions } from "../src/model/functions.js";
import { FRAMES, makeDocument } from "./fixtures.js";

function functionsOf(nodes, frames) {
  return aggregateFunctions(decodeDocument(makeDocument(nodes, frames)));
}

const RECURSIVE = [
  [-1, 0, 1, 0, 0],
  [0, 1, 1, 10, 10],
  [1, 2, 1, 100, 90],
  [2, 2, 2, 50, 40],
  [3, 4, 9, 7, 7],
  [3, 2, 4, 25, 20],
  [0, 2, 1, 1, 1],
];

test("recursion does not count twice in a total, separate occurrences add up", () => {
  const fib = functionsOf(RECURSIVE).find(({ frame }) => frame.name === "fib");
  assert.equal(fib.calls, 8);
  assert.equal(fib.selfWall, 176);
  assert.equal(fib.totalWall, 183);
  assert.equal(fib.totalCpu, 158);
});

test("mutual recursion is left in the right order", () => {
  const nodes = [[-1, 0, 1, 0, 0], [0, 1, 1, 1, 0], [1, 2, 1, 2, 0], [2, 1, 1, 4, 0], [1, 2, 1, 8, 0]];
  const totals = Object.fromEntries(functionsOf(nodes).map(({ frame, totalWall }) => [frame.name, totalWall]));
  assert.deepEqual(totals, { "views.index": 15, fib: 14 });
});

test("the root is no function", () => {
  assert.ok(functionsOf(RECURSIVE).every(({ frame }) => frame.kind !== "root"));
});

test("frames with one identity are one function", () => {
  const functions = functionsOf([[-1, 0, 1, 0, 0], [0, 1, 1, 5, 5], [0, 7, 1, 6, 6]], [...FRAMES, FRAMES[1]]);
  assert.deepEqual(functions.map(({ selfWall }) => selfWall), [11]);
});
