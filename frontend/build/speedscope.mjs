// SPDX-License-Identifier: MIT
// Copies speedscope's built site whole, under names that do not change from version to version:
// Django's static files storage adds its own hashes.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const RELEASE = path.join(path.dirname(fileURLToPath(import.meta.url)), "../node_modules/speedscope/dist/release");
const TEXT = new Set([".js", ".css", ".html"]);
const CONTENT_HASH = /-[A-Z0-9]{8}(?=\.[a-z0-9]+$)/;
// The package ships no maps, and a reference to a missing map makes collectstatic fail.
const SOURCE_MAP = /\n?(?:\/\/# sourceMappingURL=\S+|\/\*# sourceMappingURL=\S+ \*\/)\s*$/;

// protobufjs, inside speedscope, looks for modules of Node with `eval`. A browser has none; under a
// policy without 'unsafe-eval' every look would be reported as a violation.
const NODE_PROBE = 'eval("quire".replace(/^/,"re"))(moduleName)';

export function stableName(name) {
  return name.replace(CONTENT_HASH, "");
}

export function rewrite(text, names) {
  const renamed = names.reduce((result, name) => result.replaceAll(name, stableName(name)), text);
  return renamed.replace(SOURCE_MAP, "\n");
}

export function withoutNodeProbe(text) {
  const parts = text.split(NODE_PROBE);
  if (parts.length !== 2) throw new Error("speedscope's probe for modules of Node is not where it was");
  return parts.join("null");
}

function adapt(name, text, names) {
  const renamed = rewrite(text, names);
  return stableName(name) === "speedscope.js" ? withoutNodeProbe(renamed) : renamed;
}

export async function copySpeedscope(target) {
  const names = await readdir(RELEASE);
  const stable = new Set(names.map(stableName));
  if (stable.size !== names.length) throw new Error("two files of speedscope would get one name");
  await mkdir(target, { recursive: true });
  for (const name of names) {
    const content = await readFile(path.join(RELEASE, name));
    const copy = TEXT.has(path.extname(name)) ? adapt(name, content.toString("utf8"), names) : content;
    await writeFile(path.join(target, stableName(name)), copy);
  }
}
