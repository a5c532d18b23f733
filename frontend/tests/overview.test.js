// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeDocument } from "../src/model/document.js";
import { aggregateFunctions } from "../src/model/functions.js";
import { findings, shareByGroup } from "../src/model/overview.js";
import { makeDocument } from "./fixtures.js";

function profileOf(...nodes) {
  return decodeDocument(makeDocument([[-1, 0, 1, 0, 0], ...nodes]));
}

test("what lies below a statement belongs to SQL", () => {
  const profile = profileOf([0, 1, 1, 50, 50], [1, 5, 1, 20, 0], [2, 4, 1, 30, 0], [1, 4, 1, 5, 5]);
  const shares = Object.fromEntries(shareByGroup(profile).map(({ id, value }) => [id, value]));
  assert.deepEqual(shares, { app: 50, builtin: 5, sql: 50 });
});

test("shares add up to the time of the root", () => {
  const profile = profileOf([0, 1, 1, 50, 50], [1, 6, 1, 20, 0], [2, 3, 1, 30, 0]);
  const sum = shareByGroup(profile).reduce((total, { value }) => total + value, 0);
  assert.equal(sum, profile.tree.totalWall[0]);
});

test("a statement that runs again and again is pointed out", () => {
  const profile = profileOf([0, 3, 1, 900, 900], [1, 5, 40, 10, 10]);
  const [first] = findings(profile, aggregateFunctions(profile));
  assert.match(first.text, /same statement ran 40 times/);
  assert.equal(first.frame.name, "SELECT 1");
});

test("a heavy function of one's own and mostly waiting are pointed out", () => {
  const profile = profileOf([0, 1, 1, 900, 100], [0, 3, 1, 100, 100]);
  const texts = findings(profile, aggregateFunctions(profile)).map(({ text }) => text);
  assert.match(texts[0], /90\.0% of the time by itself/);
  assert.match(texts[1], /80\.0% of the time was spent waiting/);
});

test("nothing is pointed out where nothing stands out", () => {
  const profile = profileOf([0, 3, 1, 100, 100], [1, 1, 1, 5, 5], [2, 5, 2, 5, 5]);
  assert.deepEqual(findings(profile, aggregateFunctions(profile)), []);
});
