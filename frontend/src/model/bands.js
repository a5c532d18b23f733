// SPDX-License-Identifier: MIT
// Where things are on a timeline from top to bottom: a band for each track, a row for each level.

export const ROW_HEIGHT = 20;
const TITLE_HEIGHT = 22;
const GAP = 10;

// A title only where there is something to tell apart.
export function layBands(tracks) {
  const title = tracks.length > 1 ? TITLE_HEIGHT : 0;
  let top = 0;
  const bands = tracks.map((levels, track) => {
    const band = { track, title: title ? `Thread ${track + 1}` : "", top, rows: top + title };
    band.bottom = band.rows + Math.max(1, levels.length) * ROW_HEIGHT;
    top = band.bottom + GAP;
    return band;
  });
  return { bands, height: bands.length ? bands[bands.length - 1].bottom : 0 };
}

export function topOf(bands, { track, depth }) {
  return bands[track].rows + depth * ROW_HEIGHT;
}

// The track and the level at this height; null between them.
export function levelAt(bands, y) {
  const band = bands.find(({ rows, bottom }) => y >= rows && y < bottom);
  return band ? { track: band.track, depth: Math.floor((y - band.rows) / ROW_HEIGHT) } : null;
}
