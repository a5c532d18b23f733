// SPDX-License-Identifier: MIT
// The fill of a frame: its group gives the hue (a CSS variable, so that light and dark follow the
// admin's theme without drawing again), its name the shade, so that neighbours can be told apart.
import { GROUPS } from "../model/frames.js";
import { h } from "./dom.js";

const SHADES = 4;
const NAMED = {
  text: "--body-fg",
  quiet: "--body-quiet-color",
  background: "--body-bg",
  line: "--hairline-color",
  onFill: "--dp-on-fill",
  focus: "--link-fg",
};

function shadeOf(name) {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) | 0;
  return Math.abs(hash) % SHADES;
}

function fill(group, shade) {
  return `color-mix(in srgb, var(--dp-${group}) ${100 - 9 * shade}%, var(--dp-shade))`;
}

export function frameFill(frame) {
  return fill(frame.group, shadeOf(frame.label));
}

// The colours of now, for a canvas, which knows no variables. `element` is where they are looked up.
export function readColors(element) {
  const probe = element.appendChild(h("span", { hidden: true }));
  const read = (color) => {
    probe.style.color = color;
    return getComputedStyle(probe).color;
  };
  const shades = (group) => Array.from({ length: SHADES }, (_, shade) => read(fill(group, shade)));
  const fills = new Map(GROUPS.map(({ id }) => [id, shades(id)]));
  const named = Object.entries(NAMED).map(([name, variable]) => [name, read(`var(${variable})`)]);
  probe.remove();
  return {
    ...Object.fromEntries(named),
    ofFrame: ({ group, label }) => fills.get(group)[shadeOf(label)],
    ofGroup: ({ group }) => fills.get(group)[0],
  };
}

// Calls action when the admin's theme or the system's has changed.
export function onThemeChange(action) {
  new MutationObserver(action).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", action);
}
