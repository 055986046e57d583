#!/usr/bin/env bash
# npm cbor 10.0.12, read by @emurgo/cardano-serialization-lib-nodejs 15.0.3.
# Expected: a BigInt that fits 64 bits is a plain integer: RFC 8949 (3.4.3) prefers that form for bignums that
# fit, and says that both mean the same.
# Happens: 1n is written as a bignum of one byte (tag 2). Metadata knows no tags, and Cardano libraries refuse it.
# Met by: JavaScript that keeps lovelace as BigInt, as wallets' libraries hand it out.
# We: read and write with cbor2; quantities on the chain are text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts cbor@10.0.12 @emurgo/cardano-serialization-lib-nodejs@15.0.3
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import cbor from 'cbor';
import cardano from '@emurgo/cardano-serialization-lib-nodejs';

const [asNumber, asBigInt] = [1, 1n].map((one) => cbor.encode(one));
console.log('1:', asNumber.toString('hex'), '  1n:', asBigInt.toString('hex'));
assert.equal(asNumber.toString('hex'), '01');
assert.equal(asBigInt.toString('hex'), 'c24101');
assert.equal(cardano.TransactionMetadatum.from_bytes(asNumber).as_int().to_str(), '1');
assert.throws(() => cardano.TransactionMetadatum.from_bytes(asBigInt));
JAVASCRIPT
node shown.mjs
