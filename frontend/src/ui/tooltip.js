// SPDX-License-Identifier: MIT
// The box beside the pointer. d3-flame-graph asks for a function with show, hide and destroy.
import { h } from "./dom.js";
import { formatCount, formatPercent } from "../model/format.js";

const GAP = 14;
const RUN_SHOWN = 6;

function runText(run) {
  const names = run.map(({ label }) => label);
  const shown = names.length > RUN_SHOWN ? [...names.slice(0, RUN_SHOWN - 2), "…", names.at(-1)] : names;
  return `${names.length} calls in a row: ${shown.join(" → ")}`;
}

function describe(frame, facts) {
  const list = facts.flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]);
  return [
    h("strong", {}, frame.label),
    frame.run ? h("span", { class: "dp-tip-place" }, runText(frame.run)) : null,
    frame.place ? h("span", { class: "dp-tip-place" }, frame.place) : null,
    h("dl", {}, list),
  ].filter(Boolean);
}

function place(box, x, y) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const left = x + GAP + width > window.innerWidth ? Math.max(GAP, x - GAP - width) : x + GAP;
  const top = y + GAP + height > window.innerHeight ? Math.max(GAP, y - GAP - height) : y + GAP;
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}

// What it shows of something is told by a function that gives its frame and facts, [name, text].
export function tooltip(tell) {
  const box = h("div", { class: "dp-tip", role: "tooltip", hidden: true });
  const tip = () => document.body.append(box);
  tip.show = (event, shown) => {
    const { frame, facts } = tell(shown);
    box.replaceChildren(...describe(frame, facts));
    box.hidden = false;
    const anchor = event.currentTarget?.getBoundingClientRect?.();
    place(box, event.clientX ?? anchor.left, event.clientY ?? anchor.bottom);
  };
  tip.hide = () => {
    box.hidden = true;
  };
  tip.destroy = () => box.remove();
  return tip;
}

export function flameTooltip(weight, whole) {
  const share = (part) => `${weight.format(part)} (${formatPercent(part, whole)})`;
  return tooltip(({ data: { frame, value, self, calls } }) => ({
    frame,
    facts: [
      [weight.label, share(value)],
      ["Self", share(self)],
      ...(calls > 0 ? [["Calls", formatCount(calls)]] : []), // samples do not tell
    ],
  }));
}
