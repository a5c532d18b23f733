// SPDX-License-Identifier: MIT
// Builds what the browser loads into django_profiler/static/django_profiler/dist/.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { collectLicenses, licensesText } from "./build/licenses.mjs";
import { copySpeedscope } from "./build/speedscope.mjs";

const ROOT = path.dirname(fileURLToPath(import.meta.url));
const STATIC = path.join(ROOT, "../django_profiler/static/django_profiler");
const TARGET = path.join(STATIC, "dist");
const STAGING = path.join(STATIC, `dist.${process.pid}.tmp`);

function bundle(outdir) {
  return build({
    absWorkingDir: ROOT,
    entryPoints: { profile: "src/profile.js" },
    outdir,
    bundle: true,
    format: "esm",
    target: "es2020",
    minify: true,
    // d3-flame-graph asks a node of d3-hierarchy for the name of its class.
    keepNames: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
}

// Needs document.currentScript and must be finished before speedscope starts: not a module.
function bundleStarter(outdir) {
  const entryPoints = { "speedscope-start": "src/speedscope.js" };
  return build({ absWorkingDir: ROOT, entryPoints, outdir, bundle: true, format: "iife", target: "es2020", minify: true });
}

async function manifestOf(folder, licenses) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  const files = {};
  for (const file of paths.sort()) {
    const content = await readFile(file);
    const name = path.relative(folder, file).split(path.sep).join("/");
    files[name] = { bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
  }
  const packages = Object.fromEntries(licenses.filter(({ name }) => name).map(({ name, version }) => [name, version]));
  return { files, packages };
}

async function main() {
  await mkdir(STAGING, { recursive: true });
  const { metafile } = await bundle(STAGING);
  await bundleStarter(STAGING);
  await copySpeedscope(path.join(STAGING, "speedscope"));
  const licenses = await collectLicenses(ROOT, metafile);
  await writeFile(path.join(STAGING, "THIRD_PARTY_LICENSES.txt"), licensesText(licenses));
  const manifest = await manifestOf(STAGING, licenses);
  await writeFile(path.join(STAGING, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  // Swapped in whole, so that a failed or interrupted build leaves the last good one.
  await rm(TARGET, { recursive: true, force: true });
  await rename(STAGING, TARGET);
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  console.log(`${Object.keys(manifest.files).length} files, ${Math.round(bytes / 1000)} kB in ${path.relative(process.cwd(), TARGET)}`);
}

try {
  await main();
} finally {
  await rm(STAGING, { recursive: true, force: true });
}
