#!/usr/bin/env bash
# PyPI pycardano 0.19.2 with cbor2 5.9.0, read by npm @emurgo/cardano-serialization-lib-nodejs 15.0.3.
# Expected: pycardano checks metadata when it is built: null and 1.5 are refused by name, since the ledger's
# format has maps, lists, integers, bytes and texts of at most 64 bytes.
# Happens: True is let through (Python's bool is an int), and so are a key of 65 bytes and 2^64. What is
# written is no metadata to any other library, and the transaction is refused only when it is submitted.
# Met by: whoever puts a flag ('buffer: true') or a long name of a field into a record under label 674.
# We: check records ourselves before they are built (domain/chain/metadata.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pycardano==0.19.2 cbor2==5.9.0
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @emurgo/cardano-serialization-lib-nodejs@15.0.3
bin/python -W ignore - > written.txt <<'PYTHON'
from pycardano import AlonzoMetadata, AuxiliaryData, Metadata

for record in ({"a": 1}, {"a": True}, {"k" * 65: 1}, {"a": 2**64}):
    print(AuxiliaryData(AlonzoMetadata(metadata=Metadata({674: record}))).to_cbor_hex())
for record in ({"a": None}, {"a": 1.5}):
    try:
        Metadata({674: record}) and AlonzoMetadata(metadata=Metadata({674: record})).to_cbor_hex()
    except Exception as refusal:
        assert type(refusal).__name__ == "InvalidArgumentException", refusal
    else:
        raise AssertionError("taken")
PYTHON
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import cardano from '@emurgo/cardano-serialization-lib-nodejs';

const read = readFileSync('written.txt', 'utf8').trim().split('\n').map((hex) => {
  try {
    cardano.AuxiliaryData.from_hex(hex);
    return true;
  } catch (refusal) {
    return false;
  }
});
console.log('read again: 1, true, a key of 65 bytes, 2^64:', ...read);
assert.equal(read[0], true);
assert.deepEqual(read.slice(1), [false, false, false]);
JAVASCRIPT
node shown.mjs
