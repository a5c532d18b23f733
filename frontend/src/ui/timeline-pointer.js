// SPDX-License-Identifier: MIT
// The timeline with a pointer: hovering tells, a click zooms in, dragging moves, Ctrl and the wheel zoom.

// A hand is not steady: less than this is a click.
const DRAG_PIXELS = 4;
const WHEEL_STRENGTH = 0.0025;
const LINE_PIXELS = 16;

function pixels(event, delta) {
  return event.deltaMode === WheelEvent.DOM_DELTA_LINE ? delta * LINE_PIXELS : delta;
}

// { zoomAround(clientX, factor), moveBy(pixels) } answer with whether there was anything to do.
function listenForWheel(canvas, { zoomAround, moveBy }) {
  const onWheel = (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault(); // or the browser would zoom the page
      zoomAround(event.clientX, Math.exp(pixels(event, event.deltaY) * WHEEL_STRENGTH));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && moveBy(pixels(event, event.deltaX))) {
      event.preventDefault();
    }
  };
  canvas.addEventListener("wheel", onWheel, { passive: false });
}

export function listenForPointer(canvas, actions) {
  const { press, hover, choose, moveBy, leave } = actions;
  let last = null;
  let dragging = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    last = event;
    dragging = false;
    press();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return hover(event);
    if (!dragging && Math.abs(event.clientX - last.clientX) < DRAG_PIXELS) return;
    if (!dragging) canvas.setPointerCapture(event.pointerId);
    dragging = true;
    canvas.classList.add("dp-dragging");
    leave();
    moveBy(last.clientX - event.clientX);
    last = event;
  });
  const end = (event) => {
    if (event.type === "pointerup" && last && !dragging) choose(event);
    last = null;
    canvas.classList.remove("dp-dragging");
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", leave);
  listenForWheel(canvas, actions);
}
