#!/usr/bin/env bash
# npm @meshsdk/core 1.9.1, checked with @cardano-foundation/cardano-verify-datasignature 1.0.11.
# Expected: signData signs the text it was given (CIP-30 asks for bytes in hex; this library takes text, and
# does sign 'Sign in' letter by letter), and a good signature is good for everybody's check.
# Happens: a text that could be hex is decoded first: of 'deadbeef' four bytes are signed, not eight letters. The
# library's own check does the same and says yes, the Cardano Foundation's, given the same text, says no.
# Met by: sign-in challenges that are a bare nonce in hex.
# We: sign nobody in by wallet. Else: a text with words and lines, which the libraries sign alike.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @meshsdk/core@1.9.1 @cardano-foundation/cardano-verify-datasignature@1.0.11
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import { MeshWallet, checkSignature } from '@meshsdk/core';
import verify from '@cardano-foundation/cardano-verify-datasignature';

const words = [...Array(23).fill('abandon'), 'art']; // the public example of BIP-39
const wallet = new MeshWallet({ networkId: 0, key: { type: 'mnemonic', words } });
await wallet.init();
const address = await wallet.getChangeAddress();
const verdicts = async (text) => {
  const { signature, key } = await wallet.signData(text, address);
  return [await checkSignature(text, { signature, key }, address), verify(signature, key, text, address)];
};
const plain = await verdicts('Sign in'), hex = await verdicts('deadbeef');
console.log("'Sign in': mesh", plain[0], ' foundation', plain[1]);
console.log("'deadbeef': mesh", hex[0], ' foundation', hex[1]);
assert.deepEqual([plain, hex], [[true, true], [true, false]]);
process.exit(0);
JAVASCRIPT
node shown.mjs
