// SPDX-License-Identifier: MIT
// From one rectangle of a timeline to those beside, above and below it.
import { firstAfter, rectangleAt, rectangleAtTime } from "./rectangles.js";

// The outermost rectangle of another track, at this time or next to it.
function inTrack(tracks, from, step, time) {
  for (let track = from + step; track >= 0 && track < tracks.length; track += step) {
    const level = tracks[track][0];
    if (level) return rectangleAt(tracks, track, 0, Math.min(firstAfter(level, time), level.node.length - 1));
  }
  return null;
}

export function firstOf(tracks) {
  return inTrack(tracks, -1, 1, -1);
}

function child(tracks, { track, depth, start, end }, time) {
  const level = tracks[track][depth + 1];
  const after = (from) => level && rectangleAt(tracks, track, depth + 1, firstAfter(level, from));
  const found = [after(Math.max(start, time)), after(start)];
  return found.find((each) => each && each.start < end) ?? null;
}

// Each gives a rectangle, or null where there is none. Past the ends of a track's depth one comes to the
// next track. Of several below one, it is the first that is there after `time`, where the screen begins.
export const STEPS = {
  ArrowRight: (tracks, { track, depth, index }) => rectangleAt(tracks, track, depth, index + 1),
  ArrowLeft: (tracks, { track, depth, index }) => rectangleAt(tracks, track, depth, index - 1),
  ArrowDown: (tracks, from, time) =>
    child(tracks, from, time) ?? inTrack(tracks, from.track, 1, Math.max(from.start, time)),
  ArrowUp: (tracks, from, time) =>
    from.depth > 0
      ? rectangleAtTime(tracks, from.track, from.depth - 1, from.start)
      : inTrack(tracks, from.track, -1, Math.max(from.start, time)),
};
