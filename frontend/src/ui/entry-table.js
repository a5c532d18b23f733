// SPDX-License-Identifier: MIT
// A table of entries (model/entries.js) that sorts and filters. What its columns are is told by whoever
// makes one: { id, label, cell(entry), text } with the property of the entry that sorts it as id.
import { filterEntries, sortEntries } from "../model/entries.js";
import { formatCount, formatTime } from "../model/format.js";
import { GROUPS } from "../model/frames.js";
import { numberCell, shareCell } from "./bar.js";
import { debounce, h } from "./dom.js";

const PAGE = 200;
const FILTER = "Filter by function or file";

export function countColumn(id, label) {
  return { id, label, cell: (entry) => numberCell(formatCount(entry[id])) };
}

// The measures that functions and lines have in common.
export function timeColumns({ tree }) {
  const time = (id, label, whole, options) => ({
    id,
    label,
    cell: (entry) => shareCell(entry[id], whole[0], formatTime, entry.frame.group, options),
  });
  return [
    time("selfWall", "Self wall", tree.totalWall, { percent: true }),
    time("totalWall", "Total wall", tree.totalWall),
    time("selfCpu", "Self CPU", tree.totalCpu),
    time("totalCpu", "Total CPU", tree.totalCpu),
  ];
}

class EntryTable {
  constructor(panel, entries, { columns, noun, className }) {
    this.entries = entries;
    this.columns = columns;
    this.noun = noun;
    this.sort = { column: "selfWall", descending: true };
    this.limit = PAGE;
    this.body = h("tbody");
    this.headers = columns.map((column) => this.header(column));
    this.count = h("output", { class: "dp-matched", "aria-live": "polite" });
    this.more = h("button", { type: "button", class: "dp-more", onclick: () => this.showAll() });
    const table = h("table", { class: `dp-table dp-entries ${className}` }, h("thead", {}, h("tr", {}, this.headers)), this.body);
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
      placeholder: FILTER,
      "aria-label": FILTER,
      oninput: debounce(refresh, 120),
    });
    const options = groups.map(({ id, label }) => h("option", { value: id }, label));
    this.group = h("select", { class: "dp-group", "aria-label": "Whose code", onchange: refresh }, options);
    return h("div", { class: "dp-controls" }, this.text, this.group, this.count);
  }

  header({ id, label, text }) {
    const button = h("button", { type: "button", onclick: () => this.sortBy(id, !text) }, label);
    return h("th", { scope: "col", class: text ? "" : "dp-number", "data-column": id }, button);
  }

  sortBy(column, descending) {
    const again = this.sort.column === column;
    this.sort = { column, descending: again ? !this.sort.descending : descending };
    this.render();
  }

  showAll() {
    this.limit = Infinity;
    this.render();
  }

  render() {
    const found = filterEntries(this.entries, this.text.value, this.group.value);
    const sorted = sortEntries(found, this.sort.column, this.sort.descending);
    const row = (entry) => h("tr", {}, this.columns.map(({ cell }) => cell(entry)));
    this.body.replaceChildren(...sorted.slice(0, this.limit).map(row));
    this.count.textContent = `${formatCount(found.length)} ${this.noun}${found.length === 1 ? "" : "s"}`;
    this.more.hidden = sorted.length <= this.limit;
    this.more.textContent = `Show all ${formatCount(sorted.length)}`;
    for (const header of this.headers) this.markSorted(header);
  }

  markSorted(header) {
    const sorted = header.dataset.column === this.sort.column;
    const direction = this.sort.descending ? "descending" : "ascending";
    header.setAttribute("aria-sort", sorted ? direction : "none");
  }
}

export function entryTable(panel, entries, options) {
  return new EntryTable(panel, entries, options);
}
