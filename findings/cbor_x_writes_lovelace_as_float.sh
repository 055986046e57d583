#!/usr/bin/env bash
# npm cbor-x 1.6.9, read by @emurgo/cardano-serialization-lib-nodejs 15.0.3.
# Expected: a number without a fraction is written as an integer wherever CBOR has one (RFC 8949, 4.2.2, gives
# this choice to formats; below 2^53 JavaScript's numbers are exact). npm's cbor and cborg do so.
# Happens: from 2^32 on it is a floating-point number. 4,294.967296 ADA in lovelace, or milliseconds since 1970,
# are no metadata any more: the ledger's format knows integers only, and Cardano libraries refuse it.
# Met by: tools that write records beside ours under label 674.
# We: write quantities as text, and integers with cbor2, which has one kind of integer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts cbor-x@1.6.9 @emurgo/cardano-serialization-lib-nodejs@15.0.3
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import { encode } from 'cbor-x';
import cardano from '@emurgo/cardano-serialization-lib-nodejs';

const read = (number) => {
  const bytes = encode(number);
  try {
    return [bytes.toString('hex'), cardano.TransactionMetadatum.from_bytes(bytes).as_int().to_str()];
  } catch (refusal) {
    return [bytes.toString('hex'), 'refused'];
  }
};
const below = read(2 ** 32 - 1), above = read(2 ** 32);
console.log(2 ** 32 - 1, ...below);
console.log(2 ** 32, ...above);
assert.deepEqual(below, ['1affffffff', '4294967295']);
assert.deepEqual(above, ['fb41f0000000000000', 'refused']);
JAVASCRIPT
node shown.mjs
