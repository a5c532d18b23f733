// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { callGraph } from "../src/model/callgraph.js";
import { decodeDocument } from "../src/model/document.js";
import { makeDocument } from "./fixtures.js";

function graphOf(nodes, limit) {
  const { functions, edges } = callGraph(decodeDocument(makeDocument(nodes)), limit);
  const names = new Map(functions.map(({ id, frame }) => [id, frame.label]));
  return edges.map(({ from, to, calls, wall, indirect }) => [names.get(from), names.get(to), calls, wall, indirect]);
}

test("edges add up the calls between two functions", () => {
  const nodes = [[-1, 0, 1, 0, 0], [0, 1, 1, 10, 0], [1, 2, 3, 20, 0], [0, 1, 1, 10, 0], [3, 2, 4, 30, 0]];
  assert.deepEqual(graphOf(nodes), [["views.index", "fib", 7, 50, false]]);
});

test("an edge on its own path is not paid twice", () => {
  const nodes = [[-1, 0, 1, 0, 0], [0, 1, 1, 1, 0], [1, 2, 1, 1, 0], [2, 1, 1, 1, 0], [3, 2, 1, 1, 0]];
  assert.deepEqual(graphOf(nodes), [
    ["views.index", "fib", 2, 3, false],
    ["fib", "views.index", 1, 2, false],
  ]);
});

test("a callee hangs on the nearest caller that is shown", () => {
  const nodes = [[-1, 0, 1, 0, 0], [0, 1, 1, 50, 0], [1, 3, 1, 1, 0], [2, 2, 1, 40, 0], [0, 2, 1, 30, 0]];
  assert.deepEqual(graphOf(nodes, 2), [["views.index", "fib", 1, 40, true]]);
});
