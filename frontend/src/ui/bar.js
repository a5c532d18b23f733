// SPDX-License-Identifier: MIT
// A number with a bar behind it that shows its share of the whole.
import { formatPercent } from "../model/format.js";
import { h } from "./dom.js";

export function shareCell(value, whole, format, group, { percent = false } = {}) {
  const share = whole > 0 ? Math.min(1, Math.max(0, value / whole)) : 0;
  return h(
    "td",
    { class: "dp-number dp-share", title: formatPercent(value, whole) },
    h("span", { class: `dp-share-bar dp-fill-${group}`, vars: { "--share": share.toFixed(4) }, "aria-hidden": "true" }),
    h("span", { class: "dp-share-text" }, format(value)),
    percent ? [" ", h("small", { class: "dp-share-percent" }, formatPercent(value, whole))] : [],
  );
}

export function numberCell(text) {
  return h("td", { class: "dp-number" }, text);
}
