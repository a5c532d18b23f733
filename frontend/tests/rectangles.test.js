// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { layBands, levelAt, ROW_HEIGHT, topOf } from "../src/model/bands.js";
import { applyDetail } from "../src/model/details.js";
import { decodeDocument } from "../src/model/document.js";
import { buildRectangles, endOf, firstAfter, rectangleAtTime, startOf } from "../src/model/rectangles.js";
import { firstOf, STEPS } from "../src/model/steps.js";
import { makeDocument, withTimeline } from "./fixtures.js";

// request: views.index: (fib, Model.save: SELECT 1); fib
const NODES = [[-1, 0], [0, 1], [1, 2], [1, 3], [3, 5], [0, 2]];
const SLICES = [[0, 1, 10], [0, 2, 20], [0, 4, 5], [0, 3, 5], [0, 0, 10], [0, 1, 10], [0, 5, 40], [1, 0, 30], [1, 5, 30]];

function profileOf(nodes, slices) {
  return decodeDocument(withTimeline(makeDocument(nodes), slices));
}

function outline(profile, tracks) {
  const name = (node) => profile.frames[profile.tree.frame[node]].label;
  const level = (each) => Array.from(each.node, (node, i) => `${name(node)} ${startOf(each, i)}-${endOf(each, i)}`);
  return tracks.map((levels) => levels.map(level));
}

function build(profile, most) {
  const { tracks, cut } = buildRectangles(profile, most);
  return { tracks: outline(profile, tracks), cut };
}

const profile = profileOf(NODES, SLICES);

test("neighbouring slices below one path are one rectangle, and the root is none", () => {
  assert.deepEqual(build(profile).tracks, [
    [
      ["views.index 0-40", "views.index 50-60", "fib 60-100"],
      ["fib 10-30", "Model.save 30-40"],
      ["SELECT 1 30-35"],
    ],
    [["fib 30-60"]],
  ]);
});

test("libraries can be left out: their time is the caller's rectangle", () => {
  const own = applyDetail(profile, "own");
  assert.deepEqual(build(own).tracks[0], [
    ["views.index 0-40", "views.index 50-60", "fib 60-100"],
    ["fib 10-30", "SELECT 1 30-35"],
  ]);
});

test("a run of libraries is one rectangle", () => {
  const nodes = [[-1, 0], [0, 3, 1, 1], [1, 4, 1, 1], [1, 3, 1, 99], [3, 1, 1, 9]];
  const condensed = applyDetail(profileOf(nodes, [[0, 1, 1], [0, 3, 98], [0, 4, 9], [0, 3, 1], [0, 2, 1]]), "condensed");
  assert.deepEqual(build(condensed).tracks, [
    [["Model.save (+1) 0-110"], ["views.index 99-108", "builtins.len 109-110"]],
  ]);
});

test("a track in which nothing ran has no levels", () => {
  assert.deepEqual(build(profileOf(NODES, [[0, 0, 5]])), { tracks: [[]], cut: false });
});

test("where there would be too many, the deepest levels are left out", () => {
  const deep = Array.from({ length: 3000 }, (_, i) => [i - 1, i ? 2 : 0]);
  const { tracks, cut } = buildRectangles(profileOf(deep, [[0, 2999, 1], [0, 0, 1], [0, 2999, 1]]), 300);
  assert.equal(cut, true);
  assert.equal(tracks[0].length, 125);
  assert.deepEqual(tracks[0].map(({ node }) => node.length), Array(125).fill(2));
});

test("alternating slices of great depth end", () => {
  const deep = Array.from({ length: 20_000 }, (_, i) => [i - 1, i ? 2 : 0]);
  const slices = Array.from({ length: 20_000 }, (_, i) => [0, i % 2 ? 19_999 : 0, 1]);
  const { tracks } = buildRectangles(profileOf(deep, slices), 100_000);
  assert.equal(tracks[0].length, 7);
});

test("rectangles are found by time", () => {
  const { tracks } = buildRectangles(profile);
  const [level] = tracks[0];
  const found = [0, 39, 40, 59, 99, 100].map((time) => firstAfter(level, time));
  assert.deepEqual(found, [0, 0, 1, 1, 2, 3]);
  assert.deepEqual([1, 2].map((from) => firstAfter(level, 0, from)), [1, 2]);
  assert.equal(rectangleAtTime(tracks, 0, 0, 45), null);
  assert.equal(rectangleAtTime(tracks, 0, 0, 100), null);
  assert.equal(rectangleAtTime(tracks, 0, 9, 1), null);
  const { node, start, end } = rectangleAtTime(tracks, 0, 1, 30);
  assert.deepEqual([node, start, end], [3, 30, 40]);
});

function walk(keys, time = 0) {
  const { tracks } = buildRectangles(profile);
  const path = [firstOf(tracks)];
  for (const key of keys) path.push(STEPS[key](tracks, path.at(-1), time) ?? path.at(-1));
  return path.map(({ track, depth, index }) => `${track}/${depth}/${index}`).slice(1);
}

test("arrows move to neighbours in time, to children and to parents", () => {
  assert.deepEqual(walk(["ArrowLeft", "ArrowRight", "ArrowRight", "ArrowRight"]), ["0/0/0", "0/0/1", "0/0/2", "0/0/2"]);
  assert.deepEqual(walk(["ArrowDown", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowUp"]), ["0/1/0", "0/1/1", "0/2/0", "0/1/1", "0/0/0"]);
});

test("below the last level comes the next track, and above the first the one before", () => {
  assert.deepEqual(walk(["ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"]), ["0/0/1", "1/0/0", "1/0/0", "0/0/0", "0/0/0"]);
});

test("of the children it is the first that is on the screen, if one is", () => {
  assert.deepEqual(walk(["ArrowDown"], 32), ["0/1/1"]);
  assert.deepEqual(walk(["ArrowDown"], 90), ["0/1/0"]);
});

test("each track has a band as high as it is deep", () => {
  const { tracks } = buildRectangles(profile);
  const { bands, height } = layBands(tracks);
  assert.deepEqual(bands.map(({ title }) => title), ["Thread 1", "Thread 2"]);
  assert.equal(height, topOf(bands, { track: 1, depth: 0 }) + ROW_HEIGHT);
  for (const place of [{ track: 0, depth: 0 }, { track: 0, depth: 2 }, { track: 1, depth: 0 }]) {
    assert.deepEqual(levelAt(bands, topOf(bands, place)), place);
    assert.deepEqual(levelAt(bands, topOf(bands, place) + ROW_HEIGHT - 1), place);
  }
  assert.equal(levelAt(bands, 0), null);
  assert.equal(levelAt(bands, height), null);
});

test("a single track needs no title", () => {
  const { bands } = layBands([buildRectangles(profile).tracks[0]]);
  assert.deepEqual([bands[0].title, bands[0].rows], ["", 0]);
});
