// SPDX-License-Identifier: MIT
// A tree without library frames: what a library did on behalf of the project's own code is counted
// as self time of the caller. Siblings that become the same path are merged. `nodeOf` tells where each
// node went.
import { makeTree } from "./tree.js";

const NUMBERS = ["calls", "selfWall", "selfCpu", "await", "samples"];
const KEPT = new Set(["app", "sql", "template", "wait", "gc"]);

function addNumbers(columns, target, tree, node, kept) {
  for (const column of NUMBERS) {
    if (column === "calls" && !kept) continue;
    columns[column][target] += tree[column][node];
  }
}

function appendNode(columns, parent, frame) {
  columns.parent.push(parent);
  columns.frame.push(frame);
  for (const column of NUMBERS) columns[column].push(0);
  return columns.parent.length - 1;
}

export function foldLibraries(profile) {
  const { tree, frames } = profile;
  const columns = { parent: [], frame: [] };
  for (const column of NUMBERS) columns[column] = [];
  const target = new Int32Array(tree.size);
  const known = new Map();
  for (let node = 0; node < tree.size; node++) {
    const above = node === 0 ? -1 : target[tree.parent[node]];
    const kept = node === 0 || KEPT.has(frames[tree.frame[node]].group);
    if (kept) {
      const key = `${above}/${tree.frame[node]}`;
      if (!known.has(key)) known.set(key, appendNode(columns, above, tree.frame[node]));
      target[node] = known.get(key);
    } else {
      target[node] = above;
    }
    addNumbers(columns, target[node], tree, node, kept);
  }
  return { ...profile, tree: makeTree(columns), nodeOf: target };
}
