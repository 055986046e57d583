"""A passkey, what it is asked and what it answers."""

from api.http.documentation.examples_facts import Example

_CHALLENGE_ID = "7d3e2f1a-6b5c-4d4e-9f80-1a2b3c4d5e6f"
_CREDENTIAL_ID = "q1b7vN0xG2m4n6p8r0t2Aw"
_CHALLENGE = "0vX1kq3T9rY5mB7wZ2uC4aE6gI8jL0oN1pR3sU5vXyA"
_CLIENT_DATA = "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoi…"

CREATION_ASKED: Example = {
    "challengeId": _CHALLENGE_ID,
    "publicKey": {
        "rp": {"id": "registry.karbonica.example", "name": "Karbonica Registry"},
        "user": {
            "id": "MBOaVHnRWi-J4TRqQQm3hg",
            "name": "asha.rao@supplier.example",
            "displayName": "Asha Rao",
        },
        "challenge": _CHALLENGE,
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "timeout": 300000,
        "excludeCredentials": [],
        "authenticatorSelection": {
            "residentKey": "preferred",
            "requireResidentKey": False,
            "userVerification": "required",
        },
        "attestation": "none",
    },
    "expiresAt": "2026-03-01T12:05:00Z",
}

PASSKEY_ASKED: Example = {
    "challengeId": _CHALLENGE_ID,
    "publicKey": {
        "challenge": _CHALLENGE,
        "timeout": 300000,
        "rpId": "registry.karbonica.example",
        "allowCredentials": [{"id": _CREDENTIAL_ID, "type": "public-key"}],
        "userVerification": "required",
    },
    "expiresAt": "2026-03-01T12:05:00Z",
}

PASSKEY_SENT: Example = {
    "challengeId": _CHALLENGE_ID,
    "name": "Blue key on the ring",
    "credential": {
        "id": _CREDENTIAL_ID,
        "rawId": _CREDENTIAL_ID,
        "type": "public-key",
        "response": {
            "clientDataJSON": _CLIENT_DATA,
            "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikSZYN…",
            "transports": ["usb"],
        },
        "clientExtensionResults": {},
    },
}

PASSKEY_ANSWER_SENT: Example = {
    "challengeId": _CHALLENGE_ID,
    "credential": {
        "id": _CREDENTIAL_ID,
        "rawId": _CREDENTIAL_ID,
        "type": "public-key",
        "response": {
            "clientDataJSON": _CLIENT_DATA,
            "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
            "signature": "MEUCIQDr7m…",
            "userHandle": "MBOaVHnRWi-J4TRqQQm3hg",
        },
        "clientExtensionResults": {},
    },
}

PASSKEY: Example = {
    "id": "5e6f7081-92a3-5b4c-8d5e-6f708192a3b4",
    "name": "Blue key on the ring",
    "createdAt": "2026-03-01T12:01:10Z",
    "lastUsedAt": None,
}

NAME_SENT: Example = {"name": "Red key in the safe"}
