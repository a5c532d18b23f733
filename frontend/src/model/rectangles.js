// SPDX-License-Identifier: MIT
// The rectangles of a timeline: neighbouring slices below the same path are one. They are kept in
// columns, by track and level; a level's rectangles are in the order of time and do not overlap.

// Nobody reads so many levels; and a document from elsewhere may have any number.
const DEEPEST = 2000;
const MOST_RECTANGLES = 8_000_000;

function depthsOf({ parent, size }) {
  const depth = new Int32Array(size);
  for (let node = 1; node < size; node++) depth[node] = depth[parent[node]] + 1;
  return depth;
}

// For each node of the document's tree the one that is drawn: of a tree with `nodeOf`, its like in
// the condensed tree; below the deepest level, the ancestor that lies on it.
function shownNodes({ tree, nodeOf }, depth, deepest) {
  const capped = new Int32Array(tree.size);
  for (let node = 0; node < tree.size; node++) {
    capped[node] = depth[node] <= deepest ? node : capped[tree.parent[node]];
  }
  return nodeOf ? nodeOf.map((node) => capped[node]) : capped;
}

class Sweep {
  constructor(tree, depth, budget) {
    this.tree = tree;
    this.depth = depth;
    this.budget = budget;
    this.levels = [];
    // The path that is running: the node at each depth, and the slice it began with.
    this.open = [0];
    this.since = [0];
    this.top = 0;
  }

  // The path of the slice's node replaces the one before it as far as they differ.
  moveTo(node, slice) {
    const { parent } = this.tree;
    let common = node;
    while (this.depth[common] > this.top || this.open[this.depth[common]] !== common) common = parent[common];
    while (this.top > this.depth[common]) this.close(slice);
    this.top = this.depth[node];
    for (let each = node; each !== common; each = parent[each]) {
      this.open[this.depth[each]] = each;
      this.since[this.depth[each]] = slice;
    }
  }

  close(slice) {
    const level = (this.levels[this.top - 1] ??= { node: [], first: [], end: [] });
    level.node.push(this.open[this.top]);
    level.first.push(this.since[this.top]);
    level.end.push(slice);
    this.top--;
    this.budget--;
  }
}

function inColumns(levels, at) {
  return Array.from(levels, ({ node, first, end }) => ({
    at,
    node: Int32Array.from(node),
    first: Int32Array.from(first),
    end: Int32Array.from(end),
  }));
}

// The root is not drawn: where it was the leaf, nothing of the session ran.
function attempt(profile, depth, deepest, most) {
  const shown = shownNodes(profile, depth, deepest);
  const tracks = [];
  let budget = most;
  for (const { node, at } of profile.timeline) {
    const sweep = new Sweep(profile.tree, depth, budget);
    for (let slice = 0; slice < node.length && sweep.budget >= 0; slice++) sweep.moveTo(shown[node[slice]], slice);
    sweep.moveTo(0, node.length);
    budget = sweep.budget;
    if (budget < 0) return null;
    tracks.push(inColumns(sweep.levels, at));
  }
  return tracks;
}

// A list of levels for each track. Where there would be too many rectangles, the deepest levels are
// left out: `cut` says so.
export function buildRectangles(profile, most = MOST_RECTANGLES) {
  const depth = depthsOf(profile.tree);
  for (let deepest = DEEPEST; ; deepest = Math.max(1, deepest >> 1)) {
    const tracks = attempt(profile, depth, deepest, deepest === 1 ? Infinity : most);
    if (tracks) return { tracks, cut: depth.some((each) => each > deepest) };
  }
}

export function startOf({ at, first }, index) {
  return at[first[index]];
}

export function endOf({ at, end }, index) {
  return at[end[index]];
}

// The first rectangle of a level, not before `from`, that ends after this time; as many as there are
// when none does. Quick where it is near `from`.
export function firstAfter(level, time, from = 0) {
  const { at, end } = level;
  let low = from;
  let high = from;
  for (let stride = 1; high < end.length && at[end[high]] <= time; stride *= 2) {
    low = high + 1;
    high += stride;
  }
  high = Math.min(high, end.length);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[end[middle]] > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function rectangleAt(tracks, track, depth, index) {
  const level = tracks[track]?.[depth];
  if (!level || index < 0 || index >= level.node.length) return null;
  return { track, depth, index, node: level.node[index], start: startOf(level, index), end: endOf(level, index) };
}

export function rectangleAtTime(tracks, track, depth, time) {
  const level = tracks[track]?.[depth];
  const found = level ? rectangleAt(tracks, track, depth, firstAfter(level, time)) : null;
  return found && found.start <= time ? found : null;
}
