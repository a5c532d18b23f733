// SPDX-License-Identifier: MIT
// The timeline from the keyboard, as the flame graph: arrows move, Enter zooms, Escape shows everything.
import { STEPS } from "../model/steps.js";

const ZOOM = { "+": 0.5, "=": 0.5, "-": 2, _: 2 };

export function listenForKeys(canvas, { step, zoomIn, zoomBy, reset }) {
  canvas.addEventListener("keydown", (event) => {
    // Ctrl and plus are the browser's.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") reset();
    else if (event.key === "Enter" || event.key === " ") zoomIn();
    else if (STEPS[event.key]) step(STEPS[event.key]);
    else if (ZOOM[event.key]) zoomBy(ZOOM[event.key]);
    else return;
    event.preventDefault();
  });
}
