// SPDX-License-Identifier: MIT
// The flame graph from the keyboard: arrows move to parent, child and neighbours, Enter zooms,
// Escape shows everything again. One frame at a time is in the tab order.

function frameElements(chart) {
  return [...chart.querySelectorAll("g.frame")];
}

function neighbour(datum, step) {
  const siblings = datum.parent?.children ?? [datum];
  return siblings[siblings.indexOf(datum) + step];
}

const TARGETS = {
  ArrowDown: (datum) => datum.children?.[0],
  ArrowUp: (datum) => datum.parent,
  ArrowRight: (datum) => neighbour(datum, 1),
  ArrowLeft: (datum) => neighbour(datum, -1),
};

export function makeFocusable(chart, describe) {
  const elements = frameElements(chart);
  elements.forEach((element) => {
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", element.__data__.depth === 0 ? "0" : "-1");
    element.setAttribute("aria-label", describe(element.__data__));
  });
}

export function listenForKeys(chart, { zoom, reset, focused }) {
  chart.addEventListener("focusin", (event) => focused(event));
  chart.addEventListener("keydown", (event) => {
    const datum = event.target.__data__;
    if (event.key === "Escape") return reset();
    if (!datum) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      zoom(datum);
      return;
    }
    const target = TARGETS[event.key]?.(datum);
    if (!target) return;
    event.preventDefault();
    const element = frameElements(chart).find((candidate) => candidate.__data__ === target);
    element?.focus();
  });
}
