// SPDX-License-Identifier: MIT
// The call tree in columns: node i is described by entry i of each column, its parent comes before it.

export function sumUp(parent, self) {
  const total = Float64Array.from(self);
  for (let i = total.length - 1; i > 0; i--) total[parent[i]] += total[i];
  return total;
}

function linkChildren(parent) {
  const firstChild = new Int32Array(parent.length).fill(-1);
  const nextSibling = new Int32Array(parent.length).fill(-1);
  for (let i = parent.length - 1; i > 0; i--) {
    nextSibling[i] = firstChild[parent[i]];
    firstChild[parent[i]] = i;
  }
  return { firstChild, nextSibling };
}

export function makeTree(columns) {
  return {
    ...columns,
    ...linkChildren(columns.parent),
    size: columns.parent.length,
    totalWall: sumUp(columns.parent, columns.selfWall),
    totalCpu: sumUp(columns.parent, columns.selfCpu),
  };
}

export function childrenOf(tree, node) {
  const children = [];
  for (let child = tree.firstChild[node]; child !== -1; child = tree.nextSibling[child]) {
    children.push(child);
  }
  return children;
}

// Calls enter(node, depth) before and leave(node) after the descendants of each node. Its own stack:
// call trees of recursive programs are deeper than the browser's stack allows.
export function walk(tree, enter, leave = () => {}) {
  let node = 0;
  let depth = 0;
  while (node !== -1) {
    enter(node, depth);
    if (tree.firstChild[node] !== -1) {
      node = tree.firstChild[node];
      depth++;
      continue;
    }
    leave(node);
    while (node !== -1 && tree.nextSibling[node] === -1) {
      node = tree.parent[node];
      depth--;
      if (node !== -1) leave(node);
    }
    if (node !== -1) node = tree.nextSibling[node];
  }
}
