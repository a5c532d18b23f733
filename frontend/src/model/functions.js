// SPDX-License-Identifier: MIT
// One entry per function, from all the nodes where it appears.
import { walk } from "./tree.js";

export function functionKeys(frames) {
  const ids = new Map();
  return frames.map((frame) => {
    const key = `${frame.kind}\0${frame.file}\0${frame.line}\0${frame.name}`;
    if (!ids.has(key)) ids.set(key, ids.size);
    return ids.get(key);
  });
}

function emptyEntry(frame) {
  return { frame, line: frame.line, calls: 0, samples: 0, await: 0, selfWall: 0, selfCpu: 0, totalWall: 0, totalCpu: 0 };
}

function addSelf(entry, tree, node) {
  entry.calls += tree.calls[node];
  entry.samples += tree.samples[node];
  entry.await += tree.await[node];
  entry.selfWall += tree.selfWall[node];
  entry.selfCpu += tree.selfCpu[node];
}

// A total counts only where the function is not already on the path: recursion never counts twice.
export function aggregateFunctions({ tree, frames }) {
  const keys = functionKeys(frames);
  const entries = new Map();
  const open = new Map();
  const enter = (node) => {
    const key = keys[tree.frame[node]];
    if (!entries.has(key)) entries.set(key, emptyEntry(frames[tree.frame[node]]));
    const entry = entries.get(key);
    const depth = open.get(key) ?? 0;
    open.set(key, depth + 1);
    addSelf(entry, tree, node);
    if (depth > 0) return;
    entry.totalWall += tree.totalWall[node];
    entry.totalCpu += tree.totalCpu[node];
  };
  const leave = (node) => {
    const key = keys[tree.frame[node]];
    open.set(key, open.get(key) - 1);
  };
  walk(tree, enter, leave);
  return [...entries.values()].filter((entry) => entry.frame.kind !== "root");
}
