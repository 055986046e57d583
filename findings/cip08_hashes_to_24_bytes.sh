#!/usr/bin/env bash
# npm @stricahq/cip08 1.0.4.
# Expected: a hashed payload is BLAKE2b-224 of the text, 28 bytes (CIP-8, 'Hashing the payload').
# Happens: it is a BLAKE2b digest of 24 bytes. Whoever recomputes the hash as the standard says finds another
# message, although the signature is good.
# Met by: a sign-in check that accepts hashed payloads, as hardware wallets send them.
# We: sign nobody in by wallet. Else: compare the bytes with both digests of a challenge of our own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @stricahq/cip08@1.0.4
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import { createRequire } from 'node:module';

const { CoseSign1 } = createRequire(import.meta.url)('@stricahq/cip08');
const message = new CoseSign1({
  protectedMap: new Map([[1, -8]]), unProtectedMap: new Map(), payload: Buffer.from('Sign in to the registry'),
});
message.hashPayload();
const read = CoseSign1.fromCbor(message.buildMessage(Buffer.alloc(64)).toString('hex'));
console.log('hashed:', read.unProtectedMap.get('hashed'), '  bytes:', read.payload.length);
assert.equal(read.payload.length, 24);
JAVASCRIPT
node shown.mjs
