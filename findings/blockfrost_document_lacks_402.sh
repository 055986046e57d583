#!/usr/bin/env bash
# npm @blockfrost/openapi 0.1.93, the official description of the Blockfrost API.
# Expected: an answer that the introduction of a document explains stands among the answers of its calls, as OpenAPI
# asks of known errors; the introduction says that 402 means the day's quota is used up.
# Happens: 403, 418 and 429 stand on the calls, 402 on none. A client made from the document meets it as an
# unknown answer, on the one day when telling 'wait until midnight' from 'wait a second' matters.
# Met by: generated clients and checks of answers against the document.
# We: know 402 by hand, and leave such a provider alone for a set time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @blockfrost/openapi@0.1.93
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import { readFileSync } from 'node:fs';

const text = readFileSync('node_modules/@blockfrost/openapi/openapi.yaml', 'utf8');
const counted = Object.fromEntries(
  ['402', '403', '418', '429'].map((code) => [code, (text.match(new RegExp(`^ +["']?${code}["']?:`, 'gm')) ?? []).length]),
);
console.log('explained:', text.includes('HTTP `402` return code'), ' on calls:', counted);
assert(text.includes('HTTP `402` return code'));
assert.equal(counted['402'], 0);
assert(counted['403'] > 50 && counted['418'] > 50 && counted['429'] > 50);
JAVASCRIPT
node shown.mjs
