// SPDX-License-Identifier: MIT
// The first thing to see: one bar that says whose code took the time, and what stands out.
import { formatPercent, formatTime } from "../model/format.js";
import { findings, shareByGroup } from "../model/overview.js";
import { h } from "./dom.js";
import { swatch } from "./legend.js";

function shareBar(shares, whole) {
  const parts = shares.map(({ id, label, value }) =>
    h("span", {
      class: `dp-fill-${id}`,
      vars: { "flex-grow": String(value / whole) },
      title: `${label}: ${formatTime(value)} (${formatPercent(value, whole)})`,
    }),
  );
  return h("div", { class: "dp-shares", "aria-hidden": "true" }, parts);
}

function shareList(shares, whole) {
  const items = shares.map(({ id, label, value }) =>
    h("li", {}, swatch(id), h("span", {}, label), h("b", {}, formatPercent(value, whole)), h("span", { class: "dp-quiet" }, formatTime(value))),
  );
  return h("ul", { class: "dp-share-list" }, items);
}

function findingItem({ text, frame }, showInFlame) {
  if (!frame) return h("li", {}, text);
  const link = h("button", { type: "button", class: "dp-name", onclick: () => showInFlame(frame) }, frame.label);
  return h("li", {}, `${text}: `, link);
}

export function overview(profile, functions, showInFlame) {
  const shares = shareByGroup(profile);
  const whole = shares.reduce((sum, { value }) => sum + value, 0);
  const found = findings(profile, functions);
  return h(
    "section",
    { class: "dp-overview", "aria-label": "Where the time went" },
    shareBar(shares, whole),
    shareList(shares, whole),
    found.length ? h("ul", { class: "dp-findings" }, found.map((each) => findingItem(each, showInFlame))) : null,
  );
}
