// SPDX-License-Identifier: MIT
// What the width of a frame can mean. Each weight gives the self value of every node of a tree.
import { formatCount, formatTime } from "./format.js";
import { sumUp } from "./tree.js";

function waitingOf({ tree }) {
  return tree.selfWall.map((wall, i) => Math.max(0, wall - tree.selfCpu[i]));
}

// Time inside a statement, whatever the driver does below it. Nothing else counts, so only the
// paths that lead to the database stay.
function sqlOf({ tree, frames }) {
  const inside = new Uint8Array(tree.size);
  return tree.selfWall.map((wall, i) => {
    const parent = tree.parent[i];
    inside[i] = frames[tree.frame[i]].group === "sql" || (parent >= 0 && inside[parent]) ? 1 : 0;
    return inside[i] ? wall : 0;
  });
}

export const WEIGHTS = [
  { id: "wall", label: "Wall time", format: formatTime, self: ({ tree }) => tree.selfWall },
  { id: "cpu", label: "CPU time", format: formatTime, self: ({ tree }) => tree.selfCpu },
  { id: "waiting", label: "Waiting", format: formatTime, self: waitingOf },
  { id: "sql", label: "SQL time", format: formatTime, self: sqlOf },
  { id: "samples", label: "Samples", format: formatCount, self: ({ tree }) => tree.samples },
];

export function weightById(id) {
  return WEIGHTS.find((weight) => weight.id === id) ?? WEIGHTS[0];
}

export function weigh(profile, weight) {
  // A compensated time may be a little below zero; a width cannot.
  const self = Float64Array.from(weight.self(profile), (value) => Math.max(0, value));
  return { self, total: sumUp(profile.tree.parent, self) };
}

export function availableWeights(profile) {
  return WEIGHTS.filter((weight) => weight.id === "wall" || weight.self(profile).some((value) => value > 0));
}
