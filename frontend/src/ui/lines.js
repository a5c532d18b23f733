// SPDX-License-Identifier: MIT
// The lines panel: which lines of the source the time was spent in.
import { h } from "./dom.js";
import { countColumn, entryTable, timeColumns } from "./entry-table.js";
import { frameName } from "./frame-name.js";

// The end of a place is what tells lines apart: where it is too long, its folder is cut.
function placeCell({ frame, line, place }) {
  const name = place.lastIndexOf("/") + 1;
  const title = line > 0 ? `${frame.file}:${line}` : frame.file;
  return h(
    "td",
    { class: "dp-line", title },
    h("span", { class: "dp-line-place" }, h("span", {}, place.slice(0, name)), h("b", {}, place.slice(name))),
  );
}

export function linesPanel(profile, panel, showInFlame) {
  const name = ({ frame }) => {
    // Its first line is not the one of this row.
    const parts = frameName({ ...frame, place: "" }, () => showInFlame(frame));
    return h("td", { class: "dp-function" }, parts);
  };
  const columns = [
    { id: "place", label: "Line", text: true, cell: placeCell },
    { id: "name", label: "Function", text: true, cell: name },
    countColumn("samples", "Samples"),
    ...timeColumns(profile),
  ];
  return entryTable(panel, profile.lines, { columns, noun: "line", className: "dp-lines" });
}
