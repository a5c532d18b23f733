// SPDX-License-Identifier: MIT
// One entry per line of the source that samples have found running.
import { indexColumn, requireArray, wholeColumn } from "./columns.js";
import { placeOf } from "./frames.js";

const MEASURES = { samples: "samples", self_wall: "selfWall", self_cpu: "selfCpu", total_wall: "totalWall", total_cpu: "totalCpu" };

// A profile that was traced has no such table: no entries.
export function decodeLines(table, frames) {
  if (table === undefined) return [];
  const count = requireArray(table?.frame, "lines.frame").length;
  const frame = indexColumn(table.frame, "lines.frame", count, frames.length);
  const line = wholeColumn(table.line, "lines.line", count);
  const columns = Object.entries(MEASURES).map(([column, name]) => [name, wholeColumn(table[column], `lines.${column}`, count)]);
  return Array.from({ length: count }, (_, i) => ({
    frame: frames[frame[i]],
    line: line[i],
    place: placeOf(frames[frame[i]], line[i]),
    ...Object.fromEntries(columns.map(([name, values]) => [name, values[i]])),
  }));
}
