// SPDX-License-Identifier: MIT
// What a reader wants to know of a frame: whose code it is and where it lives, in few characters.

export const GROUPS = [
  { id: "app", label: "My code" },
  { id: "library", label: "Libraries" },
  { id: "builtin", label: "Builtins" },
  { id: "sql", label: "SQL" },
  { id: "template", label: "Templates" },
  { id: "wait", label: "Awaiting" },
  { id: "gc", label: "Garbage collection" },
  { id: "other", label: "Other" },
];

const GROUP_OF_KIND = {
  builtin: "builtin",
  native: "builtin",
  sql: "sql",
  template: "template",
  await: "wait",
  gc: "gc",
};

const INSTALLED = /(?:^|\/)(?:site-packages|dist-packages)\//;
const STANDARD_LIBRARY = /(?:^|\/)lib(?:64)?\/python\d[^/]*\//;

function isLibrary(file) {
  return file.startsWith("<") || file === "" || INSTALLED.test(file) || STANDARD_LIBRARY.test(file);
}

export function groupOf(frame) {
  if (frame.kind === "python") return isLibrary(frame.file) ? "library" : "app";
  return GROUP_OF_KIND[frame.kind] ?? "other";
}

function commonFolder(files) {
  if (files.length === 0) return "";
  let common = files[0].slice(0, files[0].lastIndexOf("/") + 1);
  for (const file of files) {
    while (!file.startsWith(common)) common = common.slice(0, common.lastIndexOf("/", common.length - 2) + 1);
  }
  return common;
}

export function shortenFile(file, projectFolder = "") {
  for (const marker of [INSTALLED, STANDARD_LIBRARY]) {
    const match = marker.exec(file);
    if (match) return file.slice(match.index + match[0].length);
  }
  return projectFolder && file.startsWith(projectFolder) ? file.slice(projectFolder.length) : file;
}

// A line of a frame's file, as it is shown.
export function placeOf({ shortFile }, line) {
  return shortFile && line > 0 ? `${shortFile}:${line}` : shortFile;
}

function describe(frame, group, projectFolder) {
  const shortFile = shortenFile(frame.file, projectFolder);
  const label = frame.kind === "root" ? "request" : frame.name || `(${frame.kind})`;
  return { ...frame, label, group, shortFile, place: placeOf({ shortFile }, frame.line) };
}

export function describeFrames(frames) {
  const groups = frames.map(groupOf);
  const folder = commonFolder(frames.filter((_, i) => groups[i] === "app").map((frame) => frame.file));
  return frames.map((frame, i) => describe(frame, groups[i], folder));
}
