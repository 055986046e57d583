#!/usr/bin/env bash
# npm @emurgo/cardano-serialization-lib-nodejs 15.0.3.
# Expected: Value.checked_sub raises where the result would be below zero, as it does for lovelace; the library has
# clamped_sub beside it for those who want nought instead.
# Happens: only lovelace is checked. Five credits less eight are no credits and no error, by checked_sub as by
# clamped_sub, and what was taken in excess appears nowhere.
# Met by: whoever checks by it that an output covers a retirement before he builds the transaction: the answer
# is yes, and the ledger's refusal comes after signing.
# We: work in whole units in our own integers, where less than nothing is refused by name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @emurgo/cardano-serialization-lib-nodejs@15.0.3
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import CSL from '@emurgo/cardano-serialization-lib-nodejs';

const policy = CSL.ScriptHash.from_hex('aa'.repeat(28)), name = CSL.AssetName.new(Buffer.from('CRED'));
const value = (lovelace, credits) => {
  const [byPolicy, byName] = [CSL.MultiAsset.new(), CSL.Assets.new()];
  byName.insert(name, CSL.BigNum.from_str(credits));
  byPolicy.insert(policy, byName);
  return CSL.Value.new_with_assets(CSL.BigNum.from_str(lovelace), byPolicy);
};
const rest = (held, taken) => {
  try {
    const left = held.checked_sub(taken);
    return `${left.coin().to_str()} lovelace, ${left.multiasset()?.get_asset(policy, name).to_str() ?? 'no'} credits`;
  } catch (fault) {
    return `refused: ${fault}`;
  }
};
const seen = [
  rest(value('9', '8'), value('4', '5')), rest(value('4', '8'), value('9', '5')), rest(value('9', '5'), value('4', '8')),
];
console.log('9 lovelace, 8 credits, less 4 and 5: ', seen[0]);
console.log('4 lovelace, 8 credits, less 9 and 5: ', seen[1]);
console.log('9 lovelace, 5 credits, less 4 and 8: ', seen[2]);
assert.equal(seen[0], '5 lovelace, 3 credits');
assert(seen[1].startsWith('refused: '));
assert.equal(seen[2], '5 lovelace, no credits');
JAVASCRIPT
node shown.mjs
