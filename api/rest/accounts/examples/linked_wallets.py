"""A wallet, and what it signs."""

from api.http.documentation.examples_facts import SUPPLIER_ID, Example

_ADDRESS = "stake_test1urp0gksk5e59v9h9vmqqlsyplevl30t6keu7u90fecsrg3stmmepg"
_CHALLENGE_ID = "2b7c1d9e-4f3a-4b5c-8d6e-7f8091a2b3c4"

ADDRESS_SENT: Example = {"address": _ADDRESS}

SIGNATURE_ASKED: Example = {
    "challengeId": _CHALLENGE_ID,
    "message": "Karbonica Registry asks for the signature of your wallet,\n"
    "to link it to your account.\n"
    "Site: registry.karbonica.example\n"
    f"Account: {SUPPLIER_ID}\n"
    f"Address: {_ADDRESS}\n"
    "Network: preview\n"
    "Nonce: 5f0c9f5e7d0d4b0c9a1b7a1c2d3e4f50\n"
    "Issued: 2026-03-01T12:00:00Z\n"
    "Expires: 2026-03-01T12:05:00Z\n"
    "Signing this moves no funds and costs nothing.",
    "walletAddress": _ADDRESS,
    "expiresAt": "2026-03-01T12:05:00Z",
}

PROOF_SENT: Example = {
    "challengeId": _CHALLENGE_ID,
    "address": _ADDRESS,
    "signature": "84582aa201276761646472657373581de0c2f45a16a6685616e566c00fc081fe59f8bd7ab679…",
    "key": "a4010103272006215820366598ec425ab8140830c4b5f91716d0f7b113fd7013ef3c90487e9dd1535437",
}

LINKED_WALLET: Example = {
    "address": _ADDRESS,
    "linkedAt": "2026-03-01T12:01:10Z",
    "verifiedAt": "2026-03-01T12:01:10Z",
}
