#!/usr/bin/env bash
# PyPI pycardano 0.19.2 with cbor2 5.9.0.
# Expected: to_json() and from_json() give the datum back (they are for exchange with cardano-cli), and data that
# are equal have one hash, by which the ledger asks for a datum before it gives the output away.
# Happens: a list that Python code puts in is written with its length, the same list from JSON without. The two
# data are equal for ==, and have different hashes. cardano-cli and Mesh write as the second.
# Met by: whoever locks credits under the hash of a datum with a list (vintages, serial ranges) and keeps the
# datum as JSON: what is kept does not open the output.
# We: put no datum on the chain. Else: keep the bytes that were hashed; or IndefiniteList from the start.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pycardano==0.19.2 cbor2==5.9.0
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @meshsdk/core@1.9.1
cat > hashed.mjs <<'JAVASCRIPT'
import { resolveDataHash } from '@meshsdk/core';
console.log(resolveDataHash({ alternative: 0, fields: ['KRB-1', [2023, 2024]] }));
process.exit(0);
JAVASCRIPT
by_mesh=$(node hashed.mjs) bin/python -W ignore - <<'PYTHON'
import os
from dataclasses import dataclass
from pycardano import PlutusData, datum_hash

@dataclass
class Batch(PlutusData):
    CONSTR_ID = 0
    project: bytes
    vintages: list[int]

built = Batch(b"KRB-1", [2023, 2024])
kept = Batch.from_json(built.to_json())
print("built:    ", built.to_cbor_hex(), datum_hash(built))
print("from JSON:", kept.to_cbor_hex(), datum_hash(kept))
print("Mesh:     ", os.environ["by_mesh"], "  equal in Python:", built == kept)
assert built == kept and built.to_json() == kept.to_json()
assert datum_hash(built) != datum_hash(kept)
assert str(datum_hash(kept)) == os.environ["by_mesh"]
PYTHON
