// Cases from standard input, what the page's modules say of each to standard output; see
// test_offline_check.py. Argument: the folder of the modules.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`);
const { checkDocument } = await import(new URL("checks.mjs", folder));
const { verify } = await import(new URL("chain.mjs", folder));

const { documents, lookups } = JSON.parse(readFileSync(0, "utf8"));
const bytesOf = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const said = { documents: [], lookups: [] };
for (const { raw, facts, ...asked } of documents) {
  const known = facts === null ? null : new Map(Object.entries(facts));
  said.documents.push(await checkDocument(bytesOf(raw), { facts: known, ...asked }));
}
for (const { raw, ...asked } of lookups) {
  try {
    said.lookups.push(await verify(bytesOf(raw), asked));
  } catch (error) {
    said.lookups.push({ refusal: error.message });
  }
}
process.stdout.write(JSON.stringify(said));
