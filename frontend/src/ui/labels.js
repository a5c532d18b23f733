// SPDX-License-Identifier: MIT
// Texts cut to the room they have. Measuring is slow, and the same few texts come again with each
// picture: each is measured once.

const MOST_KNOWN = 20_000;

export class Labels {
  constructor() {
    this.widths = new Map();
  }

  width(context, text) {
    let width = this.widths.get(text);
    if (width !== undefined) return width;
    if (this.widths.size >= MOST_KNOWN) this.widths.clear();
    width = context.measureText(text).width;
    this.widths.set(text, width);
    return width;
  }

  // Begins with as many characters as would fit if they were all of the mean width.
  fit(context, text, room) {
    const width = this.width(context, text);
    if (width <= room) return text;
    const cut = (length) => `${text.slice(0, length)}…`;
    let length = Math.floor((text.length * room) / width);
    while (length > 1 && this.width(context, cut(length)) > room) length--;
    return cut(length);
  }
}
