// SPDX-License-Identifier: MIT
// The path one would follow by hand: from the root into the heaviest child, as long as it explains
// a good part of its parent.
import { childrenOf } from "./tree.js";

const WORTH_FOLLOWING = 0.3;

export function heaviestFirst(tree, node, total) {
  return childrenOf(tree, node).sort((a, b) => total[b] - total[a]);
}

export function hotPath(tree, total) {
  const path = [0];
  for (let node = 0; ; ) {
    const [heaviest] = heaviestFirst(tree, node, total);
    if (heaviest === undefined || total[heaviest] < WORTH_FOLLOWING * total[node]) return path;
    path.push(heaviest);
    node = heaviest;
  }
}
