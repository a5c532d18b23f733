// SPDX-License-Identifier: MIT
// Where the time went, in a handful of numbers and sentences.
import { GROUPS } from "./frames.js";
import { formatCount, formatPercent, formatTime } from "./format.js";

const REPEATED = 10;
const MOSTLY = 0.5;
const NOTABLE = 0.2;

// Everything below a statement belongs to SQL: the driver works for it.
export function shareByGroup({ tree, frames }) {
  const shares = new Map(GROUPS.map(({ id }) => [id, 0]));
  const groups = new Array(tree.size);
  for (let i = 0; i < tree.size; i++) {
    const above = i > 0 ? groups[tree.parent[i]] : "";
    groups[i] = above === "sql" ? "sql" : frames[tree.frame[i]].group;
    shares.set(groups[i], shares.get(groups[i]) + Math.max(0, tree.selfWall[i]));
  }
  return GROUPS.map((group) => ({ ...group, value: shares.get(group.id) })).filter(({ value }) => value > 0);
}

function repeatedStatements(functions) {
  return functions
    .filter(({ frame, calls }) => frame.group === "sql" && calls >= REPEATED)
    .sort((a, b) => b.calls - a.calls)
    .slice(0, 2)
    .map((entry) => ({
      text: `The same statement ran ${formatCount(entry.calls)} times (${formatTime(entry.totalWall)} in all)`,
      frame: entry.frame,
    }));
}

function heaviestOwnCode(functions, whole) {
  const [top] = functions
    .filter(({ frame }) => frame.group === "app")
    .sort((a, b) => b.selfWall - a.selfWall);
  if (!top || top.selfWall < NOTABLE * whole) return [];
  const share = formatPercent(top.selfWall, whole);
  return [{ text: `One function of yours spends ${share} of the time by itself`, frame: top.frame }];
}

function mostlyWaiting(tree) {
  const waiting = tree.totalWall[0] - tree.totalCpu[0];
  if (waiting < MOSTLY * tree.totalWall[0]) return [];
  const share = formatPercent(waiting, tree.totalWall[0]);
  return [{ text: `${share} of the time was spent waiting, not computing: choose “Waiting” to see where` }];
}

export function findings({ tree }, functions) {
  return [
    ...repeatedStatements(functions),
    ...heaviestOwnCode(functions, tree.totalWall[0]),
    ...mostlyWaiting(tree),
  ];
}
