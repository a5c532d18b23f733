// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeDocument } from "../src/model/document.js";
import { heaviestFirst, hotPath } from "../src/model/hotpath.js";
import { childrenOf, walk } from "../src/model/tree.js";
import { makeDocument } from "./fixtures.js";

const NODES = [
  [-1, 0, 1, 0, 0],
  [0, 1, 1, 10, 0],
  [0, 2, 1, 5, 0],
  [1, 3, 1, 70, 0],
  [1, 4, 1, 15, 0],
];

function treeOf(nodes) {
  return decodeDocument(makeDocument(nodes)).tree;
}

test("children keep the order of the document", () => {
  assert.deepEqual(childrenOf(treeOf(NODES), 1), [3, 4]);
});

test("walk enters parents first, leaves children first, and knows the depth", () => {
  const log = [];
  walk(
    treeOf(NODES),
    (node, depth) => log.push(`+${node}@${depth}`),
    (node) => log.push(`-${node}`),
  );
  assert.equal(log.join(" "), "+0@0 +1@1 +3@2 -3 +4@2 -4 -1 +2@1 -2 -0");
});

test("walk survives a tree deeper than the stack", () => {
  const deep = Array.from({ length: 100000 }, (_, i) => [i - 1, i ? 2 : 0, 1, 1, 1]);
  let deepest = 0;
  walk(treeOf(deep), (_, depth) => (deepest = Math.max(deepest, depth)));
  assert.equal(deepest, 99999);
});

test("children can be had heaviest first", () => {
  const tree = treeOf(NODES);
  assert.deepEqual(heaviestFirst(tree, 0, tree.totalWall), [1, 2]);
});

test("the hot path stops at trifles", () => {
  const tree = treeOf([[-1, 0, 1, 0, 0], [0, 1, 1, 99, 0], [1, 2, 1, 0, 0], [2, 3, 1, 1, 0]]);
  assert.deepEqual(hotPath(tree, tree.totalWall), [0, 1]);
});

test("the hot path follows the heaviest child and stops where none stands out", () => {
  const tree = treeOf([...NODES, [3, 4, 1, 10, 0], [3, 5, 1, 10, 0]]);
  assert.deepEqual(hotPath(tree, tree.totalWall), [0, 1, 3]);
});
