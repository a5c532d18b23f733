// SPDX-License-Identifier: MIT
import { DETAILS } from "../model/details.js";
import { h } from "./dom.js";

export function detailChoice(onchange) {
  const options = DETAILS.map(({ id, label }) => h("option", { value: id }, label));
  const select = h("select", { class: "dp-detail", onchange }, options);
  return { element: h("label", {}, "Detail ", select), chosen: () => select.value };
}
