// SPDX-License-Identifier: MIT
// The functions panel.
import { aggregateFunctions } from "../model/functions.js";
import { h } from "./dom.js";
import { countColumn, entryTable, timeColumns } from "./entry-table.js";
import { frameName } from "./frame-name.js";

export function functionsPanel(profile, panel, showInFlame) {
  const name = ({ frame }) => h("td", { class: "dp-function" }, frameName(frame, () => showInFlame(frame)));
  // A sampling profile knows no calls; it knows how often a function was seen.
  const count = profile.engine === "sample" ? countColumn("samples", "Samples") : countColumn("calls", "Calls");
  const columns = [{ id: "name", label: "Function", text: true, cell: name }, count, ...timeColumns(profile)];
  return entryTable(panel, aggregateFunctions(profile), { columns, noun: "function", className: "dp-functions" });
}
