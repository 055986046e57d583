#!/usr/bin/env bash
# npm cbor-x 1.6.9 (cbor 10.0.12 beside it).
# Expected: byte strings of indefinite length are ordinary CBOR (RFC 8949, 3.2.3) and a decoder reads them. On
# Cardano they are the only form of a datum's bytes beyond 64 (the ledger's CDDL, bounded_bytes).
# Happens: cbor-x raises 'Indefinite length not supported', so that a transaction with one long datum cannot be
# read at all, not even its metadata.
# Met by: explorers and scripts that look for our records in whole blocks.
# We: read with cbor2, and keep transactions as the bytes they came in.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts cbor-x@1.6.9 cbor@10.0.12 @emurgo/cardano-serialization-lib-nodejs@15.0.3
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import { decode } from 'cbor-x';
import cbor from 'cbor';
import cardano from '@emurgo/cardano-serialization-lib-nodejs';

const datum = cardano.PlutusData.new_bytes(new Uint8Array(65)).to_bytes();
console.log('65 bytes of datum:', Buffer.from(datum).toString('hex').slice(0, 8), '...');
assert.equal(datum[0], 0x5f);
assert.equal(cbor.decodeFirstSync(Buffer.from(datum)).length, 65);
assert.throws(() => decode(datum), (refusal) => {
  console.log('cbor-x:', refusal.message);
  return /Indefinite length/.test(refusal.message);
});
JAVASCRIPT
node shown.mjs
