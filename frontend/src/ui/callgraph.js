// SPDX-License-Identifier: MIT
// The call graph panel: boxes for functions, arrows for calls, laid out by dagre.
import dagre from "@dagrejs/dagre";

import { callGraph, MAX_FUNCTIONS } from "../model/callgraph.js";
import { formatCount, formatPercent, formatTime } from "../model/format.js";
import { frameFill } from "./colors.js";
import { h, svg } from "./dom.js";

const BOX = { width: 210, height: 46 };
const ROOM_ABOVE = 12;
const LONGEST_LABEL = 28;
// Any smaller, the text of a box cannot be read: then one scrolls.
const ZOOM = { step: 1.25, least: 0.1, most: 2, legible: 0.75 };

function shorten(label) {
  return label.length > LONGEST_LABEL ? `…${label.slice(1 - LONGEST_LABEL)}` : label;
}

function layout({ functions, edges }) {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 38, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of functions) graph.setNode(String(id), { ...BOX });
  for (const { from, to } of edges) graph.setEdge(String(from), String(to));
  dagre.layout(graph);
  return graph;
}

// Samples do not tell how often.
function countOf(calls, separator = "") {
  return calls > 0 ? `${formatCount(calls)} calls${separator}` : "";
}

function arrowPath(points) {
  const [first, ...rest] = points;
  return `M${first.x},${first.y}${rest.map(({ x, y }) => `L${x},${y}`).join("")}`;
}

function arrow(edge, points, heaviest) {
  const width = 1 + 5 * (heaviest > 0 ? edge.wall / heaviest : 0);
  return svg(
    "path",
    { d: arrowPath(points), class: edge.indirect ? "dp-edge dp-indirect" : "dp-edge", "stroke-width": width.toFixed(1) },
    svg("title", {}, `${countOf(edge.calls, ", ")}${formatTime(edge.wall)}${edge.indirect ? ", through others" : ""}`),
  );
}

function box(entry, { x, y }, whole, onChoose) {
  const { frame } = entry;
  const share = formatPercent(entry.totalWall, whole);
  const activate = (event) => {
    if (event.type === "click" || event.key === "Enter") onChoose(frame);
  };
  return svg(
    "g",
    {
      class: "dp-box",
      transform: `translate(${x - BOX.width / 2},${y - BOX.height / 2})`,
      role: "button",
      tabindex: "0",
      "aria-label": `${frame.label}, ${share}`,
      onclick: activate,
      onkeydown: activate,
    },
    svg("rect", { width: BOX.width, height: BOX.height, rx: 5, fill: frameFill(frame) }),
    svg("text", { x: 10, y: 19, class: "dp-box-name" }, shorten(frame.label)),
    svg("text", { x: 10, y: 36 }, `${share} total · ${formatTime(entry.selfWall)} self`),
    svg("title", {}, `${frame.label}\n${frame.place}\n${countOf(entry.calls)}`),
  );
}

function drawing(shown, whole, onChoose) {
  const graph = layout(shown);
  const { width, height } = graph.graph();
  const heaviest = Math.max(0, ...shown.edges.map(({ wall }) => wall));
  const points = ({ from, to }) => graph.edge(String(from), String(to)).points;
  return svg(
    "svg",
    { class: "dp-graph", viewBox: `0 0 ${width} ${height}`, "data-width": width, role: "group", "aria-label": "Call graph" },
    svg(
      "defs",
      {},
      svg(
        "marker",
        { id: "dp-arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" },
        svg("path", { d: "M0,0L8,4L0,8z", class: "dp-arrowhead" }),
      ),
    ),
    shown.edges.map((edge) => arrow(edge, points(edge), heaviest)),
    shown.functions.map((entry) => box(entry, graph.node(String(entry.id)), whole, onChoose)),
  );
}

function zoomControls(picture, scroll) {
  const natural = Number(picture.dataset.width);
  const fitting = () => (scroll.clientWidth - 4) / natural;
  let scale = 1;
  const apply = (next) => {
    scale = Math.min(ZOOM.most, Math.max(ZOOM.least, next));
    picture.style.setProperty("width", `${natural * scale}px`);
  };
  apply(Math.min(1, Math.max(ZOOM.legible, fitting())));
  const button = (label, text, action) => h("button", { type: "button", "aria-label": label, onclick: action }, text);
  return [
    button("Larger", "+", () => apply(scale * ZOOM.step)),
    button("Smaller", "−", () => apply(scale / ZOOM.step)),
    button("Fit the width", "Fit", () => apply(fitting())),
  ];
}

// A wide graph has its first boxes anywhere: begin where the most time is.
function showHeaviest(scroll, picture) {
  const heaviest = picture.querySelector(".dp-box")?.getBoundingClientRect();
  if (!heaviest) return;
  const outer = scroll.getBoundingClientRect();
  scroll.scrollLeft += heaviest.left - outer.left - (outer.width - heaviest.width) / 2;
  scroll.scrollTop += heaviest.top - outer.top - ROOM_ABOVE;
}

export function callGraphPanel(profile, panel, onChoose) {
  const shown = callGraph(profile);
  const picture = drawing(shown, profile.tree.totalWall[0], onChoose);
  const scroll = h("div", { class: "dp-scroll dp-graph-scroll" }, picture);
  const controls = h("div", { class: "dp-controls" });
  const note = `The ${formatCount(shown.functions.length)} functions with the most total time (${MAX_FUNCTIONS} at most). Dashed arrows go through functions that are not shown.`;
  panel.append(controls, scroll);
  controls.append(...zoomControls(picture, scroll), h("span", { class: "dp-quiet" }, note));
  showHeaviest(scroll, picture);
}
