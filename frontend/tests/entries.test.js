// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeDocument } from "../src/model/document.js";
import { filterEntries, sortEntries } from "../src/model/entries.js";
import { aggregateFunctions } from "../src/model/functions.js";
import { makeDocument, withLines } from "./fixtures.js";

const NODES = [[-1, 0, 1, 0, 0], [0, 1, 1, 10, 10], [1, 2, 1, 100, 90], [2, 4, 9, 7, 7]];
const profile = decodeDocument(withLines(makeDocument(NODES), [[2, 11, 1, 60], [2, 9, 3, 40], [1, 200, 1, 10], [4, 0, 0, 7]]));
const functions = aggregateFunctions(profile);

test("sorting goes by any column, in both directions", () => {
  const names = (column, descending) => sortEntries(functions, column, descending).map(({ frame }) => frame.name);
  assert.deepEqual(names("selfWall", true), ["fib", "views.index", "builtins.len"]);
  assert.deepEqual(names("calls", true), ["builtins.len", "views.index", "fib"]);
  assert.deepEqual(names("name", false), ["builtins.len", "fib", "views.index"]);
});

test("places are sorted by file, then by the number of the line", () => {
  const places = (descending) => sortEntries(profile.lines, "place", descending).map(({ place }) => place);
  assert.deepEqual(places(false), ["", "maths.py:9", "maths.py:11", "views.py:200"]);
  assert.deepEqual(places(true), ["views.py:200", "maths.py:11", "maths.py:9", ""]);
});

test("filters look at names and files, and at whose code it is", () => {
  const names = (text, group) => filterEntries(functions, text, group).map(({ frame }) => frame.name);
  assert.deepEqual(names(" FIB ", "all"), ["fib"]);
  assert.deepEqual(names("maths.py", "all"), ["fib"]);
  assert.deepEqual(names("", "builtin"), ["builtins.len"]);
  assert.deepEqual(names("fib", "builtin"), []);
});

test("filters find a line of a file", () => {
  const lines = (text) => filterEntries(profile.lines, text, "all").map(({ line }) => line);
  assert.deepEqual(lines("maths.py:9"), [9]);
  assert.deepEqual(lines("fib"), [11, 9]);
});
