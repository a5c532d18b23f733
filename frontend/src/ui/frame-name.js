// SPDX-License-Identifier: MIT
import { h } from "./dom.js";
import { swatch } from "./legend.js";

export function frameName(frame, onclick) {
  const name = onclick
    ? h("button", { type: "button", class: "dp-name", onclick, title: `${frame.label}: show in the flame graph` }, frame.label)
    : h("span", { class: "dp-name", title: frame.label }, frame.label);
  return [swatch(frame.group), name, ...(frame.place ? [" ", h("span", { class: "dp-place", title: frame.file }, frame.place)] : [])];
}
