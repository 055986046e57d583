#!/usr/bin/env bash
# npm @lucid-evolution/plutus 0.1.31, @meshsdk/core 1.9.1 and @emurgo/cardano-serialization-lib-nodejs 15.0.3.
# Expected: one datum, made from the same values, has one hash, whichever library makes it: they agree on lists
# and constructors (length left open where there is something in them) and on empty ones (written with it).
# Happens: a map that has something in it is left open by Lucid alone (bf ... ff); Mesh and CSL write its length (a1).
# The values are equal, the hashes are not.
# Met by: credits after CIP-68, whose metadata is a map in a datum: minted with one library, and looked for or
# updated by its hash with the other, the token's datum is 'not the one'.
# We: put no datum on the chain. Else: compare the values, or keep the bytes as they were.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @lucid-evolution/plutus@0.1.31 \
  @meshsdk/core@1.9.1 @emurgo/cardano-serialization-lib-nodejs@15.0.3
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import { createRequire } from 'node:module';
import { resolveDataHash } from '@meshsdk/core';
import CSL from '@emurgo/cardano-serialization-lib-nodejs';

const { Constr, Data } = createRequire(import.meta.url)('@lucid-evolution/plutus');
const hash = (hex) => CSL.hash_plutus_data(CSL.PlutusData.from_hex(hex)).to_hex();
const fields = (vintage) => [vintage, 1n];
const byLucid = (vintage) => Data.to(new Constr(0, fields(vintage)));
const byMesh = (vintage) => resolveDataHash({ alternative: 0, fields: fields(vintage) });
const list = [2023n, 2024n], map = new Map([['cafe', 2023n]]);
const json = '{"constructor":0,"fields":[{"map":[{"k":{"bytes":"cafe"},"v":{"int":2023}}]},{"int":1}]}';
const byCsl = CSL.PlutusData.from_json(json, CSL.PlutusDatumSchema.DetailedSchema).to_hex();
console.log('list: Lucid', byLucid(list), ' one hash:', hash(byLucid(list)) === byMesh(list));
console.log('map:  Lucid', byLucid(map), ' one hash:', hash(byLucid(map)) === byMesh(map));
console.log('      CSL  ', byCsl, '     one hash:', hash(byCsl) === byMesh(map));
assert.equal(hash(byLucid(list)), byMesh(list));
assert.equal(hash(byCsl), byMesh(map));
assert.notEqual(hash(byLucid(map)), byMesh(map));
process.exit(0);
JAVASCRIPT
node shown.mjs
