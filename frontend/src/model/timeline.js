// SPDX-License-Identifier: MIT
// The timeline of a document: for each track the nodes of its slices, and when they begin.
import { DocumentError, indexColumn, requireArray, wholeColumn } from "./columns.js";

function checkOrder(track) {
  for (let i = 1; i < track.length; i++) {
    if (track[i] < track[i - 1]) throw new DocumentError(`timeline.track[${i}] is below the one before it`);
  }
}

// Slice i goes from at[i] to at[i + 1].
function cutTrack(columns, first, end) {
  const at = new Float64Array(end - first + 1);
  for (let i = first; i < end; i++) at[i - first + 1] = at[i - first] + columns.wall[i];
  return { node: columns.node.subarray(first, end), at };
}

// A profile that was traced or merged has no such table: no tracks.
export function decodeTimeline(table, nodeCount) {
  if (table === undefined) return [];
  const count = requireArray(table?.track, "timeline.track").length;
  const track = wholeColumn(table.track, "timeline.track", count);
  const node = indexColumn(table.node, "timeline.node", count, nodeCount);
  const wall = wholeColumn(table.wall, "timeline.wall", count, 1);
  checkOrder(track);
  const tracks = [];
  for (let first = 0, end = 0; first < count; first = end) {
    while (end < count && track[end] === track[first]) end++;
    tracks.push(cutTrack({ node, wall }, first, end));
  }
  return tracks;
}

export function endOf({ timeline, wall }) {
  const ends = timeline.map(({ at }) => at[at.length - 1]);
  return ends.reduce((latest, end) => Math.max(latest, end), Number.isFinite(wall) ? wall : 0);
}
