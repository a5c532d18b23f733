// SPDX-License-Identifier: MIT
// From columns to the nested objects that the flame graph draws.
import { weigh } from "./weights.js";

function flameNode({ tree, frames }, node, values) {
  const frame = frames[tree.frame[node]];
  return {
    node,
    frame,
    name: frame.label,
    value: values.total[node],
    self: values.self[node],
    calls: tree.calls[node],
    children: [],
  };
}

export function flameData(profile, weight) {
  const values = weigh(profile, weight);
  const nodes = new Array(profile.tree.size);
  for (let i = 0; i < profile.tree.size; i++) {
    if (i > 0 && values.total[i] <= 0) continue;
    nodes[i] = flameNode(profile, i, values);
    if (i > 0) nodes[profile.tree.parent[i]].children.push(nodes[i]);
  }
  for (const node of nodes) node?.children.sort((a, b) => b.value - a.value);
  return nodes[0];
}
