// SPDX-License-Identifier: MIT
import { GROUPS } from "../model/frames.js";
import { h } from "./dom.js";

export function swatch(group) {
  return h("span", { class: `dp-swatch dp-fill-${group}`, "aria-hidden": "true" });
}

export function legend(frames) {
  const present = new Set(frames.filter(({ kind }) => kind !== "root").map(({ group }) => group));
  const items = GROUPS.filter(({ id }) => present.has(id));
  return h("ul", { class: "dp-legend" }, items.map(({ id, label }) => h("li", {}, swatch(id), label)));
}
