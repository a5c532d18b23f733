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

export function stableName(name) {
  return name.replace(CONTENT_HASH, "");
}

export function rewrite(text, names) {
  const renamed = names.reduce((result, name) => result.replaceAll(name, stableName(name)), text);
  return renamed.replace(SOURCE_MAP, "\n");
}

export async function copySpeedscope(target) {
  const names = await readdir(RELEASE);
  const stable = new Set(names.map(stableName));
  if (stable.size !== names.length) throw new Error("two files of speedscope would get one name");
  await mkdir(target, { recursive: true });
  for (const name of names) {
    const content = await readFile(path.join(RELEASE, name));
    const copy = TEXT.has(path.extname(name)) ? rewrite(content.toString("utf8"), names) : content;
    await writeFile(path.join(target, stableName(name)), copy);
  }
}
