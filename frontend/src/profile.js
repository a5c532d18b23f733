// SPDX-License-Identifier: MIT
// Entry of the pages that show a profile: the one of a request, and the merged one of a view.
import { loadProfile } from "./load.js";
import { aggregateFunctions } from "./model/functions.js";
import { h } from "./ui/dom.js";
import { treePanel } from "./ui/calltree.js";
import { callGraphPanel } from "./ui/callgraph.js";
import { flamePanel } from "./ui/flamegraph.js";
import { functionsPanel } from "./ui/functions.js";
import { linesPanel } from "./ui/lines.js";
import { overview } from "./ui/overview.js";
import { tabs } from "./ui/tabs.js";
import { timelinePanel } from "./ui/timeline.js";
// After d3-flame-graph and its own style sheet, which ours adapts to the admin.
import "./styles/index.css";

function showProfile(root, profile) {
  let flame = null;
  const showInFlame = (frame) => {
    tabbed.select("flame");
    flame.show(frame.label);
    tabbed.element.scrollIntoView({ block: "start" });
  };
  const entries = [
    { id: "flame", label: "Flame graph", fill: (panel) => (flame = flamePanel(profile, panel)) },
    { id: "timeline", label: "Timeline", there: profile.timeline.length > 0, fill: (panel) => timelinePanel(profile, panel) },
    { id: "tree", label: "Call tree", fill: (panel) => treePanel(profile, panel) },
    { id: "functions", label: "Functions", fill: (panel) => functionsPanel(profile, panel, showInFlame) },
    { id: "lines", label: "Lines", there: profile.lines.length > 0, fill: (panel) => linesPanel(profile, panel, showInFlame) },
    { id: "graph", label: "Call graph", fill: (panel) => callGraphPanel(profile, panel, showInFlame) },
  ];
  const tabbed = tabs(entries.filter(({ there = true }) => there));
  root.replaceChildren(overview(profile, aggregateFunctions(profile), showInFlame), tabbed.element);
  tabbed.select(tabbed.start);
}

async function start(root) {
  try {
    showProfile(root, await loadProfile(root.dataset.document));
  } catch (error) {
    root.replaceChildren(h("p", { class: "errornote", role: "alert" }, error.message));
  }
  root.removeAttribute("aria-busy");
}

for (const root of document.querySelectorAll("[data-document]")) start(root);
