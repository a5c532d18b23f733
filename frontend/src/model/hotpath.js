// SPDX-License-Identifier: MIT
// The path one would follow by hand: from the root into the heaviest child, as long as it explains
// a good part of its parent and is not a trifle in the whole.
import { childrenOf } from "./tree.js";

const WORTH_FOLLOWING = { ofParent: 0.3, ofWhole: 0.02 };

export function heaviestFirst(tree, node, total) {
  return childrenOf(tree, node).sort((a, b) => total[b] - total[a]);
}

export function hotPath(tree, total) {
  const path = [0];
  for (let node = 0; ; ) {
    const [heaviest] = heaviestFirst(tree, node, total);
    if (heaviest === undefined) return path;
    const enough = Math.max(WORTH_FOLLOWING.ofParent * total[node], WORTH_FOLLOWING.ofWhole * total[0]);
    if (total[heaviest] < enough) return path;
    path.push(heaviest);
    node = heaviest;
  }
}
