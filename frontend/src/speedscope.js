// SPDX-License-Identifier: MIT
// Runs before speedscope and tells it, through the hash it reads, which profile to fetch.

const { profileUrl, title } = document.currentScript.dataset;
const parameters = new URLSearchParams(location.hash.slice(1));
if (!parameters.has("profileURL")) {
  const pairs = { profileURL: new URL(profileUrl, location.href).href, title };
  const text = Object.entries(pairs).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  // The whole address: the page has a base element, which a bare hash would be resolved against.
  history.replaceState(null, "", `${location.pathname}${location.search}#${text.join("&")}`);
}
