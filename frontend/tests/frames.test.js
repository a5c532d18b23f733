// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { groupOf, shortenFile } from "../src/model/frames.js";

function group(file, kind = "python") {
  return groupOf({ name: "f", file, line: 1, kind });
}

test("installed packages and the standard library are libraries", () => {
  assert.equal(group("/venv/lib/python3.13/site-packages/django/http.py"), "library");
  assert.equal(group("/usr/lib/python3/dist-packages/yaml.py"), "library");
  assert.equal(group("/usr/lib/python3.11/json/decoder.py"), "library");
  assert.equal(group("<frozen importlib._bootstrap>"), "library");
});

test("everything else in Python is one's own", () => {
  assert.equal(group("/srv/shop/views.py"), "app");
  assert.equal(group("/srv/python-lib/views.py"), "app");
});

test("the kind decides for what is not Python", () => {
  assert.equal(group("", "sql"), "sql");
  assert.equal(group("", "native"), "builtin");
  assert.equal(group("", "gc"), "gc");
  assert.equal(group("", "something new"), "other");
});

test("files are shortened to where they are known by", () => {
  assert.equal(shortenFile("/venv/lib/python3.13/site-packages/django/http.py"), "django/http.py");
  assert.equal(shortenFile("/usr/lib/python3.11/json/decoder.py"), "json/decoder.py");
  assert.equal(shortenFile("/srv/shop/app/views.py", "/srv/shop/"), "app/views.py");
});
