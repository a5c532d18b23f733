// SPDX-License-Identifier: MIT
// What tables show, one entry a row: something with a frame, a line of its file, and numbers.

const COMPARE_TEXT = {
  name: (a, b) => a.frame.label.localeCompare(b.frame.label),
  place: (a, b) => a.frame.shortFile.localeCompare(b.frame.shortFile) || a.line - b.line,
};

export function sortEntries(entries, column, descending) {
  const direction = descending ? -1 : 1;
  const compareNumbers = (a, b) => a[column] - b[column] || a.totalWall - b.totalWall;
  const compare = COMPARE_TEXT[column] ?? compareNumbers;
  return [...entries].sort((a, b) => direction * compare(a, b));
}

export function filterEntries(entries, text, group) {
  const term = text.trim().toLowerCase();
  const has = ({ frame, line }) =>
    frame.label.toLowerCase().includes(term) || `${frame.file}:${line}`.toLowerCase().includes(term);
  return entries.filter((entry) => (group === "all" || entry.frame.group === group) && (!term || has(entry)));
}
