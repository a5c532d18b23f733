// SPDX-License-Identifier: MIT
// A tree where each straight run of library frames is one frame. Frameworks call through a dozen
// wrappers before anything happens; one line for them leaves the screen to what differs. All times
// stay where they were, and nothing but runs of libraries is touched. `nodeOf` tells where each node went.
import { makeTree } from "./tree.js";

// A caller with this share of its time in one callee has nothing else to tell.
const STRAIGHT = 0.97;
const NUMBERS = ["selfWall", "selfCpu", "await", "samples"];

function runsOf({ tree, frames }) {
  const isLibrary = (node) => frames[tree.frame[node]].group === "library";
  const runs = [];
  const runOf = new Array(tree.size);
  for (let node = 0; node < tree.size; node++) {
    const parent = tree.parent[node];
    const goesOn =
      node > 0 &&
      isLibrary(node) &&
      isLibrary(parent) &&
      // A sibling may not have taken over already.
      runOf[parent].at(-1) === parent &&
      tree.totalWall[node] >= STRAIGHT * tree.totalWall[parent];
    if (goesOn) {
      runOf[node] = runOf[parent];
      runOf[node].push(node);
    } else {
      runOf[node] = [node];
      runs.push(runOf[node]);
    }
  }
  return { runs, runOf };
}

function frameOf(run, { tree, frames }) {
  const members = run.map((node) => frames[tree.frame[node]]);
  const last = members.at(-1);
  if (members.length === 1) return last;
  return { ...last, label: `${last.label} (+${members.length - 1})`, run: members };
}

export function condenseLibraries(profile) {
  const { tree } = profile;
  const { runs, runOf } = runsOf(profile);
  const position = new Map(runs.map((run, i) => [run, i]));
  const sum = (column) => runs.map((run) => run.reduce((total, node) => total + tree[column][node], 0));
  const columns = {
    // A run begins below its parent's run, and that one began earlier.
    parent: runs.map(([first]) => (first === 0 ? -1 : position.get(runOf[tree.parent[first]]))),
    frame: runs.map((_, i) => i),
    calls: runs.map((run) => tree.calls[run.at(-1)]),
    ...Object.fromEntries(NUMBERS.map((column) => [column, sum(column)])),
  };
  const nodeOf = Int32Array.from(runOf, (run) => position.get(run));
  return { ...profile, frames: runs.map((run) => frameOf(run, profile)), tree: makeTree(columns), nodeOf };
}
