// SPDX-License-Identifier: MIT
// Tabs after the ARIA practice: one tab stop, arrow keys move. A panel is filled when first shown,
// and the address keeps the choice so that a link can point at a tab.
import { h } from "./dom.js";

const STEP = { ArrowRight: 1, ArrowLeft: -1 };

function tabButton(entry, select) {
  return h(
    "button",
    {
      type: "button",
      role: "tab",
      id: `dp-tab-${entry.id}`,
      "aria-controls": `dp-panel-${entry.id}`,
      onclick: () => select(entry.id),
    },
    entry.label,
  );
}

function tabPanel(entry) {
  return h("div", {
    role: "tabpanel",
    id: `dp-panel-${entry.id}`,
    class: "dp-panel",
    "aria-labelledby": `dp-tab-${entry.id}`,
    hidden: true,
  });
}

function onArrow(event, buttons, entries, select) {
  const step = STEP[event.key];
  if (!step) return;
  const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
  event.preventDefault();
  select(entries[next].id);
  buttons[next].focus();
}

export function tabs(entries) {
  const filled = new Set();
  const panels = entries.map(tabPanel);
  const select = (id) => {
    entries.forEach((entry, i) => {
      const chosen = entry.id === id;
      buttons[i].setAttribute("aria-selected", String(chosen));
      buttons[i].tabIndex = chosen ? 0 : -1;
      panels[i].hidden = !chosen;
      if (!chosen || filled.has(id)) return;
      filled.add(id);
      entry.fill(panels[i]);
    });
    history.replaceState(history.state, "", `#${id}`);
  };
  const buttons = entries.map((entry) => tabButton(entry, select));
  const list = h("div", { role: "tablist", class: "dp-tabs", "aria-label": "Ways to look at the profile" }, buttons);
  list.addEventListener("keydown", (event) => onArrow(event, buttons, entries, select));
  const element = h("div", { class: "dp-tabbed" }, list, panels);
  const asked = location.hash.slice(1);
  return { element, select, start: entries.some(({ id }) => id === asked) ? asked : entries[0].id };
}
