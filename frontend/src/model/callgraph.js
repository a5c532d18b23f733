// SPDX-License-Identifier: MIT
// The call graph: nodes merged by function, edges from caller to callee, cut to what matters.
import { aggregateFunctions, functionKeys } from "./functions.js";
import { walk } from "./tree.js";

export const MAX_FUNCTIONS = 40;
const MIN_SHARE = 0.01;

function nearestKept(tree, keys, kept, node) {
  let ancestor = tree.parent[node];
  while (ancestor > 0 && !kept.has(keys[tree.frame[ancestor]])) ancestor = tree.parent[ancestor];
  return ancestor;
}

function edgeCollector({ tree }, keys, kept) {
  const edges = new Map();
  const open = new Map();
  const edgeOf = (node) => {
    const to = keys[tree.frame[node]];
    if (node === 0 || !kept.has(to)) return null;
    const ancestor = nearestKept(tree, keys, kept, node);
    const from = keys[tree.frame[ancestor]];
    return ancestor > 0 && from !== to ? { key: `${from}>${to}`, from, to, ancestor } : null;
  };
  const enter = (node) => {
    const found = edgeOf(node);
    if (!found) return;
    const { key, from, to, ancestor } = found;
    const edge = edges.get(key) ?? { from, to, calls: 0, wall: 0, indirect: false };
    const depth = open.get(key) ?? 0;
    open.set(key, depth + 1);
    edge.calls += tree.calls[node];
    // As with functions: an edge that is on the path already has been paid for.
    if (depth === 0) edge.wall += tree.totalWall[node];
    edge.indirect ||= ancestor !== tree.parent[node];
    edges.set(key, edge);
  };
  const leave = (node) => {
    const found = edgeOf(node);
    if (found) open.set(found.key, open.get(found.key) - 1);
  };
  return { edges, enter, leave };
}

// A callee whose direct caller was cut off hangs on the nearest function that is shown; such an edge
// is `indirect`.
export function callGraph(profile, limit = MAX_FUNCTIONS) {
  const { tree, frames } = profile;
  const keys = functionKeys(frames);
  const keyOf = new Map(frames.map((frame, i) => [frame, keys[i]]));
  const functions = aggregateFunctions(profile)
    .filter((entry) => entry.totalWall >= MIN_SHARE * tree.totalWall[0])
    .sort((a, b) => b.totalWall - a.totalWall)
    .slice(0, limit)
    .map((entry) => ({ ...entry, id: keyOf.get(entry.frame) }));
  const kept = new Set(functions.map(({ id }) => id));
  const collector = edgeCollector(profile, keys, kept);
  walk(tree, collector.enter, collector.leave);
  const weighty = (edge) => edge.wall >= MIN_SHARE * tree.totalWall[0];
  return { functions, edges: [...collector.edges.values()].filter(weighty) };
}
