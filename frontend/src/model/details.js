// SPDX-License-Identifier: MIT
// How much of a tree is drawn.
import { condenseLibraries } from "./condense.js";
import { foldLibraries } from "./fold.js";

export const DETAILS = [
  { id: "condensed", label: "Condensed", apply: condenseLibraries },
  { id: "all", label: "All frames", apply: (profile) => profile },
  { id: "own", label: "Without libraries", apply: foldLibraries },
];

export function applyDetail(profile, id) {
  return DETAILS.find((detail) => detail.id === id).apply(profile);
}
