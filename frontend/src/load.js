// SPDX-License-Identifier: MIT
// Fetches the stored document. The server sends it as it is stored: the browser undoes the gzip.
import { decodeDocument, DocumentError } from "./model/document.js";

async function explain(response) {
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const answer = isJson ? await response.json() : null;
  return answer?.error ?? `The server answered ${response.status} ${response.statusText}.`;
}

export async function loadProfile(url) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
  } catch {
    throw new Error("The profile could not be fetched. Is the server running?");
  }
  if (!response.ok) throw new Error(await explain(response));
  if (response.redirected) throw new Error("You are no longer logged in. Reload this page.");
  try {
    return decodeDocument(await response.json());
  } catch (error) {
    if (error instanceof DocumentError) throw new Error(`The profile document is broken: ${error.message}.`);
    throw error;
  }
}
