// SPDX-License-Identifier: MIT
// The call tree panel: a table whose rows open. Rows exist only where a parent has been opened.
import { foldLibraries } from "../model/fold.js";
import { formatCount, formatTime } from "../model/format.js";
import { heaviestFirst, hotPath } from "../model/hotpath.js";
import { numberCell, shareCell } from "./bar.js";
import { h } from "./dom.js";
import { frameName } from "./frame-name.js";

const CHILDREN_AT_ONCE = { least: 5, most: 50, more: 500 };
// A call lighter than this is not shown at first, and does not make its siblings a branch.
const LIGHT_SHARE = 0.005;
const INDENT = { branch: 14, chain: 3 };

const COLUMNS = ["Call", "Total wall", "Self wall", "Total CPU", "Self CPU"];

class TreePanel {
  constructor(profile, panel) {
    this.original = profile;
    this.body = h("tbody");
    // A sampling profile knows no calls; it knows how often each path was seen.
    this.counts = profile.engine === "sample" ? { label: "Samples", of: "samples" } : { label: "Calls", of: "calls" };
    const head = [...COLUMNS, this.counts.label].map((label, i) => h("th", { scope: "col", class: i ? "dp-number" : "" }, label));
    const table = h("table", { class: "dp-table dp-tree", role: "treegrid" }, h("thead", {}, h("tr", {}, head)), this.body);
    table.addEventListener("keydown", (event) => this.onKey(event));
    this.fold = h("input", { type: "checkbox", class: "dp-fold", onchange: () => this.render() });
    const controls = h(
      "div",
      { class: "dp-controls" },
      h("label", {}, this.fold, " Hide libraries"),
      h("button", { type: "button", onclick: () => this.openHotPath() }, "Open the hot path"),
      h("button", { type: "button", onclick: () => this.render({ open: false }) }, "Close all"),
    );
    panel.append(controls, h("div", { class: "dp-scroll" }, table));
    this.render();
  }

  render({ open = true } = {}) {
    this.profile = this.fold.checked ? foldLibraries(this.original) : this.original;
    this.tree = this.profile.tree;
    this.whole = { wall: this.tree.totalWall[0], cpu: this.tree.totalCpu[0] };
    this.hot = new Set(hotPath(this.tree, this.tree.totalWall));
    this.body.replaceChildren(this.row(0, { level: 1, indent: 0 }));
    this.body.firstChild.tabIndex = 0;
    if (open) this.openHotPath();
  }

  openHotPath() {
    for (const node of hotPath(this.tree, this.tree.totalWall)) {
      const row = this.body.querySelector(`tr[data-node="${node}"]`);
      if (row) this.open(row);
    }
  }

  row(node, { level, indent }) {
    const { tree } = this;
    const frame = this.profile.frames[tree.frame[node]];
    const leaf = tree.firstChild[node] === -1;
    const toggle = h("span", { class: "dp-toggle", "aria-hidden": "true" });
    const row = h(
      "tr",
      {
        "data-node": node,
        "aria-level": level,
        "aria-expanded": leaf ? null : "false",
        class: this.hot.has(node) ? "dp-hot" : null,
        tabindex: "-1",
        onclick: () => this.toggle(row),
      },
      h("td", { class: "dp-call", vars: { "--indent": `${indent}px` } }, toggle, frameName(frame)),
      shareCell(tree.totalWall[node], this.whole.wall, formatTime, frame.group, { percent: true }),
      shareCell(tree.selfWall[node], this.whole.wall, formatTime, frame.group),
      shareCell(tree.totalCpu[node], this.whole.cpu, formatTime, frame.group),
      shareCell(tree.selfCpu[node], this.whole.cpu, formatTime, frame.group),
      numberCell(formatCount(tree[this.counts.of][node])),
    );
    row.indent = indent;
    return row;
  }

  toggle(row) {
    if (row.getAttribute("aria-expanded") === "false") this.open(row);
    else if (row.getAttribute("aria-expanded") === "true") this.close(row);
  }

  open(row) {
    if (row.getAttribute("aria-expanded") !== "false") return;
    row.setAttribute("aria-expanded", "true");
    const node = Number(row.dataset.node);
    const children = heaviestFirst(this.tree, node, this.tree.totalWall);
    const heavy = children.filter((child) => this.isHeavy(child)).length;
    const { least, most } = CHILDREN_AT_ONCE;
    row.after(...this.childRows(row, children, Math.min(most, Math.max(least, heavy))));
  }

  isHeavy(node) {
    return this.tree.totalWall[node] > LIGHT_SHARE * this.whole.wall;
  }

  // Long chains of single calls are what frameworks are made of: they are indented a little only,
  // so that the interesting part still fits on the screen.
  childRows(row, children, limit) {
    const heavy = children.filter((child) => this.isHeavy(child));
    const indent = row.indent + (heavy.length === 1 ? INDENT.chain : INDENT.branch);
    const level = Number(row.getAttribute("aria-level")) + 1;
    const rows = children.slice(0, limit).map((child) => this.row(child, { level, indent }));
    if (children.length > limit) rows.push(this.moreRow(row, children.slice(limit), level, indent));
    return rows;
  }

  moreRow(parentRow, rest, level, indent) {
    const label = `Show ${formatCount(rest.length)} lighter ${rest.length === 1 ? "call" : "calls"}`;
    const button = h("button", { type: "button", class: "dp-more" }, label);
    const row = h(
      "tr",
      { "aria-level": level, tabindex: "-1" },
      h("td", { class: "dp-call", colspan: COLUMNS.length, vars: { "--indent": `${indent}px` } }, button),
    );
    button.addEventListener("click", () => row.replaceWith(...this.childRows(parentRow, rest, CHILDREN_AT_ONCE.more)));
    return row;
  }

  close(row) {
    row.setAttribute("aria-expanded", "false");
    const level = Number(row.getAttribute("aria-level"));
    while (row.nextSibling && Number(row.nextSibling.getAttribute("aria-level")) > level) row.nextSibling.remove();
  }

  onKey(event) {
    const row = event.target.closest("tr[aria-level]");
    if (!row) return;
    const actions = {
      ArrowDown: () => this.focus(row.nextSibling),
      ArrowUp: () => this.focus(row.previousSibling),
      ArrowRight: () => (row.getAttribute("aria-expanded") === "false" ? this.open(row) : this.focus(row.nextSibling)),
      ArrowLeft: () => (row.getAttribute("aria-expanded") === "true" ? this.close(row) : this.focus(this.parentOf(row))),
      Enter: () => this.toggle(row),
    };
    if (!actions[event.key] || event.target.matches("button")) return;
    event.preventDefault();
    actions[event.key]();
  }

  parentOf(row) {
    const level = Number(row.getAttribute("aria-level"));
    let above = row.previousSibling;
    while (above && Number(above.getAttribute("aria-level")) >= level) above = above.previousSibling;
    return above;
  }

  focus(row) {
    if (!row) return;
    this.body.querySelector('tr[tabindex="0"]')?.setAttribute("tabindex", "-1");
    row.tabIndex = 0;
    row.focus();
  }
}

export function treePanel(profile, panel) {
  return new TreePanel(profile, panel);
}
