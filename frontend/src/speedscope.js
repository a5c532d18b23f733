// SPDX-License-Identifier: MIT
// Runs before speedscope and tells it, through the hash it reads, which profile to fetch.

const { profileUrl } = document.currentScript.dataset;
const parameters = new URLSearchParams(location.hash.slice(1));
if (!parameters.has("profileURL")) {
  // No title: speedscope would give it to every profile of the file, and nobody could tell them apart.
  const hash = `profileURL=${encodeURIComponent(new URL(profileUrl, location.href).href)}`;
  // The whole address: the page has a base element, which a bare hash would be resolved against.
  history.replaceState(null, "", `${location.pathname}${location.search}#${hash}`);
}
