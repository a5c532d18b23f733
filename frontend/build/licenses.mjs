// SPDX-License-Identifier: MIT
// The licences of everything that ends up in the built files.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

const PACKAGE = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//;

export function packagesOf(metafile) {
  const folders = new Map();
  for (const input of Object.keys(metafile.inputs)) {
    const match = PACKAGE.exec(input);
    if (match) folders.set(match[2], match[1]);
  }
  return folders;
}

async function licenseOf(name, folder) {
  const facts = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[sc]e/i.test(entry));
  if (!file) throw new Error(`${name} has no licence file`);
  const text = await readFile(path.join(folder, file), "utf8");
  return { name, version: facts.version, title: `${name} ${facts.version} (${facts.license})`, text };
}

export async function collectLicenses(root, metafile) {
  const folders = packagesOf(metafile);
  folders.set("speedscope", "node_modules/speedscope");
  const names = [...folders.keys()].sort();
  const found = await Promise.all(names.map((name) => licenseOf(name, path.join(root, folders.get(name)))));
  const font = path.join(root, "node_modules/speedscope/dist/release/source-code-pro.LICENSE.md");
  found.push({ title: "Source Code Pro (OFL-1.1), part of speedscope", text: await readFile(font, "utf8") });
  return found;
}

export function licensesText(licenses) {
  const rule = "=".repeat(78);
  const sections = licenses.map(({ title, text }) => `${rule}\n${title}\n${rule}\n\n${text.trim()}\n`);
  return `The built files contain or are copies of the following.\n\n${sections.join("\n")}`;
}
