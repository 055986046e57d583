#!/usr/bin/env bash
# PyPI pycardano 0.19.2 with cbor2 5.9.0.
# Expected: cip8.verify answers, for any signed message of CIP-8, whether it is verified; the standard lets a
# wallet sign the BLAKE2b-224 hash of a text instead ('hashed': true), as hardware wallets do.
# Happens: the hash is decoded as UTF-8 before anything is checked: UnicodeDecodeError for nearly all of them,
# with a good signature. A server that lets it through answers 500 to a valid sign-in.
# Met by: whoever checks CIP-30 signData answers with pycardano.
# We: sign nobody in by wallet. Else: check the COSE structure, and compare bytes rather than text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pycardano==0.19.2 cbor2==5.9.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import hashlib
import cbor2
import nacl.signing
from pycardano import Address, Network, PaymentVerificationKey
from pycardano.cip import cip8

key = nacl.signing.SigningKey(bytes(range(32)))
public = PaymentVerificationKey(bytes(key.verify_key))
address = Address(payment_part=public.hash(), network=Network.TESTNET)

def answer(text, hashed):
    payload = hashlib.blake2b(text, digest_size=28).digest() if hashed else text
    protected = cbor2.dumps({1: -8, "address": address.to_primitive()})
    signed = key.sign(cbor2.dumps(["Signature1", protected, b"", payload])).signature
    message = cbor2.dumps([protected, {"hashed": hashed}, payload, signed])
    cose_key = cbor2.dumps({1: 1, 3: -8, -1: 6, -2: bytes(key.verify_key)})
    return {"signature": message.hex(), "key": cose_key.hex()}

plain = cip8.verify(answer(b"Sign in to the registry", hashed=False))
print("as text:", plain["verified"], plain["message"])
assert plain["verified"]
try:
    cip8.verify(answer(b"Sign in to the registry", hashed=True))
except UnicodeDecodeError as failure:
    print("hashed: ", failure)
else:
    raise AssertionError("it was checked")
PYTHON
