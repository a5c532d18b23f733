// SPDX-License-Identifier: MIT
// The fill of a frame: its group gives the hue (a CSS variable, so that light and dark follow the
// admin's theme without drawing again), its name the shade, so that neighbours can be told apart.

const SHADES = 4;

function shadeOf(name) {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) | 0;
  return Math.abs(hash) % SHADES;
}

export function frameFill(frame) {
  return `color-mix(in srgb, var(--dp-${frame.group}) ${100 - 9 * shadeOf(frame.label)}%, var(--dp-shade))`;
}
