// SPDX-License-Identifier: MIT
// From a profile document (docs/format.md) to frames and a tree.
import { DocumentError, indexColumn, numberColumn, parentColumn, requireArray } from "./columns.js";
import { describeFrames } from "./frames.js";
import { decodeLines } from "./lines.js";
import { decodeTimeline } from "./timeline.js";
import { makeTree } from "./tree.js";

export { DocumentError };

const SCHEMA = "libprof.profile/1";

function decodeFrames(frames, strings) {
  const count = requireArray(frames?.name, "frames.name").length;
  const text = (column) =>
    Array.from(indexColumn(frames[column], `frames.${column}`, count, strings.length), (i) => strings[i]);
  const line = numberColumn(frames.line, "frames.line", count);
  const [name, file, kind] = ["name", "file", "kind"].map(text);
  return name.map((_, i) => ({ name: name[i], file: file[i], line: line[i], kind: kind[i] }));
}

function decodeNodes(nodes, frameCount) {
  const count = requireArray(nodes?.parent, "nodes.parent").length;
  if (count === 0) throw new DocumentError("nodes are empty");
  const numbers = (column) => numberColumn(nodes[column], `nodes.${column}`, count);
  return makeTree({
    parent: parentColumn(nodes.parent, "nodes.parent", count),
    frame: indexColumn(nodes.frame, "nodes.frame", count, frameCount),
    calls: numbers("calls"),
    selfWall: numbers("self_wall"),
    selfCpu: numbers("self_cpu"),
    await: numbers("await"),
    samples: numbers("samples"),
  });
}

export function decodeDocument(document) {
  if (document?.schema !== SCHEMA) {
    throw new DocumentError(`schema is ${JSON.stringify(document?.schema)} instead of "${SCHEMA}"`);
  }
  const strings = requireArray(document.strings, "strings").map(String);
  const frames = describeFrames(decodeFrames(document.frames, strings));
  const tree = decodeNodes(document.nodes, frames.length);
  return {
    engine: String(document.engine ?? ""),
    wall: Number(document.wall_ns) || 0,
    cpu: Number(document.cpu_ns) || 0,
    metadata: document.metadata ?? {},
    counters: document.counters ?? {},
    frames,
    tree,
    lines: decodeLines(document.lines, frames),
    timeline: decodeTimeline(document.timeline, tree.size),
  };
}
