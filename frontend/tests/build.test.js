// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { licensesText, packagesOf } from "../build/licenses.mjs";
import { rewrite, stableName, withoutNodeProbe } from "../build/speedscope.mjs";

test("names lose their content hash and nothing else", () => {
  assert.equal(stableName("speedscope-Y2522XSH.js"), "speedscope.js");
  assert.equal(stableName("favicon-16x16-V2DMIAZS.js"), "favicon-16x16.js");
  assert.equal(stableName("file-format-schema.json"), "file-format-schema.json");
});

test("references are renamed and source maps dropped", () => {
  const names = ["font-ABCDEFGH.woff2"];
  assert.equal(
    rewrite('a{src:url("./font-ABCDEFGH.woff2")}\n/*# sourceMappingURL=a-ABCDEFGH.css.map */\n', names),
    'a{src:url("./font.woff2")}\n',
  );
  assert.equal(rewrite("run();\n//# sourceMappingURL=a.js.map\n", []), "run();\n");
});

test("the probe for modules of Node goes, and its absence is noticed", () => {
  assert.equal(withoutNodeProbe('var a=eval("quire".replace(/^/,"re"))(moduleName);'), "var a=null;");
  assert.throws(() => withoutNodeProbe("var a=1;"), /probe/);
});

test("the packages in a bundle are read from what esbuild took in", () => {
  const inputs = { "src/a.js": {}, "node_modules/d3-color/src/a.js": {}, "node_modules/@dagrejs/dagre/a.js": {} };
  assert.deepEqual([...packagesOf({ inputs })], [
    ["d3-color", "node_modules/d3-color"],
    ["@dagrejs/dagre", "node_modules/@dagrejs/dagre"],
  ]);
});

test("each licence stands under its title", () => {
  assert.match(licensesText([{ title: "x 1 (MIT)", text: " Free. " }]), /=\nx 1 \(MIT\)\n=+\n\nFree\.\n/);
});
