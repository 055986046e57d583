#!/usr/bin/env bash
# npm @stricahq/typhonjs 3.1.1 with bignumber.js 9.3.1.
# Expected: metadata takes the library's own number for sums, BigNumber, or refuses it, and texts of at most 64 bytes as
# the ledger counts them. A text of 65 letters is refused by name.
# Happens: a BigNumber is written as a map of its inside, {s, e, c}: sign, exponent and digits in groups. It is
# valid metadata, so that the transaction goes through, and the quantity of a retirement is on the chain for good as
# something else. Texts are counted in letters: 40 letters with accents, 80 bytes, are let through.
# Met by: whoever writes token quantities, which this library takes as BigNumber, into a record under label 674.
# We: check records before they are built, quantities as integers and texts in bytes (domain/chain/metadata.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @stricahq/typhonjs@3.1.1 bignumber.js@9.3.1 \
  @emurgo/cardano-serialization-lib-nodejs@15.0.3
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import BigNumber from 'bignumber.js';
import CSL from '@emurgo/cardano-serialization-lib-nodejs';
import typhon from '@stricahq/typhonjs';

const written = (value) => {
  try {
    const record = typhon.utils.createAuxiliaryDataCbor({ metadata: [{ label: 674, data: { retired: value } }] });
    const metadata = CSL.AuxiliaryData.from_bytes(record).metadata().get(CSL.BigNum.from_str('674'));
    return CSL.decode_metadatum_to_json_str(metadata, CSL.MetadataJsonSchema.NoConversions);
  } catch (fault) {
    return `refused: ${fault.message ?? fault}`;
  }
};
const seen = [1000, new BigNumber(1000), new BigNumber('12345678901234567'), 'x'.repeat(65)].map(written);
console.log(seen.join('\n'));
const accents = typhon.utils.createAuxiliaryDataCbor({ metadata: [{ label: 674, data: '\u00e9'.repeat(40) }] });
console.log('accents:', accents.toString('hex').slice(0, 24), '... (78 50: a text of 80 bytes)');
assert.equal(seen[0], '{"retired":1000}');
assert.equal(seen[1], '{"retired":{"c":[1000],"e":3,"s":1}}');
assert.equal(seen[2], '{"retired":{"c":[123,45678901234567],"e":16,"s":1}}');
assert(seen[3].startsWith('refused: '));
assert(accents.toString('hex').includes('7850c3a9'));
JAVASCRIPT
node shown.mjs
