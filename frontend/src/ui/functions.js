// SPDX-License-Identifier: MIT
// The functions panel: a table that sorts and filters.
import { formatCount, formatTime } from "../model/format.js";
import { GROUPS } from "../model/frames.js";
import { aggregateFunctions, filterFunctions, sortFunctions } from "../model/functions.js";
import { numberCell, shareCell } from "./bar.js";
import { debounce, h } from "./dom.js";
import { frameName } from "./frame-name.js";

const PAGE = 200;

const COLUMNS = [
  { id: "name", label: "Function" },
  { id: "calls", label: "Calls" },
  { id: "selfWall", label: "Self wall" },
  { id: "totalWall", label: "Total wall" },
  { id: "selfCpu", label: "Self CPU" },
  { id: "totalCpu", label: "Total CPU" },
];

class FunctionsPanel {
  constructor(profile, panel, showInFlame) {
    this.entries = aggregateFunctions(profile);
    this.whole = { wall: profile.tree.totalWall[0], cpu: profile.tree.totalCpu[0] };
    this.columns = profile.engine === "sample" ? withSamples(COLUMNS) : COLUMNS;
    this.showInFlame = showInFlame;
    this.sort = { column: "selfWall", descending: true };
    this.limit = PAGE;
    this.body = h("tbody");
    this.headers = this.columns.map((column) => this.header(column));
    this.count = h("output", { class: "dp-matched", "aria-live": "polite" });
    this.more = h("button", { type: "button", class: "dp-more", onclick: () => this.showAll() });
    const table = h("table", { class: "dp-table dp-functions" }, h("thead", {}, h("tr", {}, this.headers)), this.body);
    panel.append(this.filters(), h("div", { class: "dp-scroll" }, table), this.more);
    this.render();
  }

  filters() {
    const refresh = () => {
      this.limit = PAGE;
      this.render();
    };
    const present = new Set(this.entries.map(({ frame }) => frame.group));
    const groups = [{ id: "all", label: "Everything" }, ...GROUPS.filter(({ id }) => present.has(id))];
    this.text = h("input", {
      type: "search",
      class: "dp-search",
      placeholder: "Filter by function or file",
      "aria-label": "Filter by function or file",
      oninput: debounce(refresh, 120),
    });
    const options = groups.map(({ id, label }) => h("option", { value: id }, label));
    this.group = h("select", { class: "dp-group", "aria-label": "Whose code", onchange: refresh }, options);
    return h("div", { class: "dp-controls" }, this.text, this.group, this.count);
  }

  header(column) {
    const button = h("button", { type: "button", onclick: () => this.sortBy(column.id) }, column.label);
    return h("th", { scope: "col", class: column.id === "name" ? "" : "dp-number", "data-column": column.id }, button);
  }

  sortBy(column) {
    const again = this.sort.column === column;
    this.sort = { column, descending: again ? !this.sort.descending : column !== "name" };
    this.render();
  }

  showAll() {
    this.limit = Infinity;
    this.render();
  }

  render() {
    const found = filterFunctions(this.entries, this.text.value, this.group.value);
    const sorted = sortFunctions(found, this.sort.column, this.sort.descending);
    this.body.replaceChildren(...sorted.slice(0, this.limit).map((entry) => this.row(entry)));
    this.count.textContent = `${formatCount(found.length)} ${found.length === 1 ? "function" : "functions"}`;
    this.more.hidden = sorted.length <= this.limit;
    this.more.textContent = `Show all ${formatCount(sorted.length)}`;
    for (const header of this.headers) this.markSorted(header);
  }

  markSorted(header) {
    const sorted = header.dataset.column === this.sort.column;
    const direction = this.sort.descending ? "descending" : "ascending";
    header.setAttribute("aria-sort", sorted ? direction : "none");
  }

  row(entry) {
    const { frame } = entry;
    const cells = {
      name: () => h("td", { class: "dp-function" }, frameName(frame, () => this.showInFlame(frame))),
      calls: () => numberCell(formatCount(entry.calls)),
      samples: () => numberCell(formatCount(entry.samples)),
      selfWall: () => shareCell(entry.selfWall, this.whole.wall, formatTime, frame.group, { percent: true }),
      totalWall: () => shareCell(entry.totalWall, this.whole.wall, formatTime, frame.group),
      selfCpu: () => shareCell(entry.selfCpu, this.whole.cpu, formatTime, frame.group),
      totalCpu: () => shareCell(entry.totalCpu, this.whole.cpu, formatTime, frame.group),
    };
    return h("tr", {}, this.columns.map(({ id }) => cells[id]()));
  }
}

// A sampling profile knows no calls; it knows how often a function was seen.
function withSamples(columns) {
  return columns.map((column) => (column.id === "calls" ? { id: "samples", label: "Samples" } : column));
}

export function functionsPanel(profile, panel, showInFlame) {
  return new FunctionsPanel(profile, panel, showInFlame);
}
