// SPDX-License-Identifier: MIT
// Movement, for those who want any.

export function transitionDuration() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200;
}

function eased(part) {
  return 1 - (1 - part) ** 3;
}

// Calls step with 0 to 1, the last time with 1; gives a function that stops it where it is.
export function glide(step) {
  const duration = transitionDuration();
  const began = performance.now();
  let request = 0;
  const next = (now) => {
    const part = duration > 0 ? Math.min(1, Math.max(0, now - began) / duration) : 1;
    if (part < 1) request = requestAnimationFrame(next);
    step(eased(part));
  };
  next(began);
  return () => cancelAnimationFrame(request);
}
