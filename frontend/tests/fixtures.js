// SPDX-License-Identifier: MIT
// Small documents written by hand: a list of [parent, frame, calls, self wall, self CPU].

export const FRAMES = [
  ["<root>", "", 0, "root"],
  ["views.index", "/srv/shop/views.py", 3, "python"],
  ["fib", "/srv/shop/maths.py", 10, "python"],
  ["Model.save", "/venv/lib/python3.12/site-packages/django/db/models/base.py", 800, "python"],
  ["builtins.len", "", 0, "builtin"],
  ["SELECT 1", "", 0, "sql"],
  ["index.html", "/srv/shop/templates/index.html", 0, "template"],
];

export function makeDocument(nodes, frames = FRAMES) {
  const strings = [...new Set(frames.flatMap(([name, file, , kind]) => [name, file, kind]))];
  const index = (column) => frames.map((frame) => strings.indexOf(frame[column]));
  const column = (i) => nodes.map((node) => node[i] ?? 0);
  return {
    schema: "libprof.profile/1",
    engine: "trace",
    name: "",
    started: "2026-11-24T10:00:00.000000Z",
    wall_ns: column(3).reduce((a, b) => a + b, 0),
    cpu_ns: column(4).reduce((a, b) => a + b, 0),
    strings,
    frames: { name: index(0), file: index(1), line: frames.map((frame) => frame[2]), kind: index(3) },
    nodes: {
      parent: column(0),
      frame: column(1),
      calls: column(2),
      self_wall: column(3),
      self_cpu: column(4),
      await: nodes.map(() => 0),
      samples: nodes.map(() => 0),
    },
    metadata: {},
    counters: {},
  };
}

function columns(names, rows) {
  return Object.fromEntries(names.map((name, i) => [name, rows.map((row) => row[i])]));
}

// A list of [frame, line, samples, self wall]; totals are twice, CPU time half of that.
export function withLines(document, lines) {
  const rows = lines.map(([frame, line, samples, wall]) => [frame, line, samples, wall, Math.floor(wall / 2), 2 * wall, wall]);
  const names = ["frame", "line", "samples", "self_wall", "self_cpu", "total_wall", "total_cpu"];
  return { ...document, engine: "sample", lines: columns(names, rows) };
}

// A list of [track, node, wall].
export function withTimeline(document, slices) {
  return { ...document, engine: "sample", timeline: columns(["track", "node", "wall"], slices) };
}
