"""
A sealed certificate as a W3C Verifiable Credential 2.0, so that other people's wallets and verifiers read it.

The credential says what the certificate says, and carries the certificate whole: whoever knows the
registry's own form checks it too. It is secured by Data Integrity with the cryptosuite
eddsa-jcs-2022: canonical JSON (RFC 8785) and Ed25519, by the key that seals certificates. Its issuer
is the registry's address as a did:web.

Sources: W3C Verifiable Credentials Data Model v2.0, Data Integrity EdDSA Cryptosuites v1.0 (3.3),
Controlled Identifiers v1.0, the did:web method; ADR 0083.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from domain.certificates.certificates import canonical_bytes
from domain.certificates.status_lists import status_entries

CONTEXT_PATH = "/contexts/retirement-v1.jsonld"
SCHEMA_PATH = "/schemas/retirement-credential-v1.json"
DID_PATH = "/.well-known/did.json"

CREDENTIALS_CONTEXT = "https://www.w3.org/ns/credentials/v2"
CREDENTIAL_TYPE = "RetirementCredential"
CRYPTOSUITE = "eddsa-jcs-2022"

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_KEY = b"\xed\x01"
"""The multicodec of an Ed25519 public key, before its 32 bytes."""

_MULTIBASE_LETTERS_MAX = 100
"""A signature has 88 and a z."""

SAID_OF_THE_RETIREMENT = ("retiredAt", "quantity", "credits", "beneficiary", "purpose", "reason")
"""Fields of a certificate that the credential's subject repeats."""


def did_web(url: str) -> str:
    """
    The decentralised identifier of who serves `url`, which is http(s) and may have a port and a path.

    Without a path its document stands at DID_PATH; resolvers ask for it by https.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "") + (f"%3A{parts.port}" if parts.port else "")
    path = [quote(part, safe="-._~") for part in parts.path.split("/") if part]
    return ":".join(["did", "web", host, *path])


def multikey(public_key: bytes) -> str:
    """A raw Ed25519 public key as Multikey writes it: `z6Mk…`."""
    return "z" + _base58(_ED25519_KEY + public_key)


def verification_method(did: str, public_key: bytes) -> str:
    return f"{did}#{multikey(public_key)}"


def did_document(
    url: str, public_keys: Iterable[bytes], *, keys_published_at: str
) -> dict[str, Any]:
    """
    The registry's controlled identifier document, with every key that ever sealed.

    A former key stays a method of assertion, since what it sealed holds; when each sealed stands at the
    service's address.
    """
    did = did_web(url)
    keys = list(public_keys)
    names = [verification_method(did, key) for key in keys]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [
            {
                "id": name,
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": multikey(key),
            }
            for name, key in zip(names, keys, strict=True)
        ],
        "assertionMethod": names,
        "service": [
            {
                "id": f"{did}#certificate-keys",
                "type": "CertificateKeys",
                "serviceEndpoint": f"{url}{keys_published_at}",
            }
        ],
    }


def credential_document(
    certificate: Mapping[str, Any], *, status_place: int | None = None
) -> dict[str, Any]:
    """
    The credential of a sealed certificate (with its proof), without a proof of its own.

    `status_place` is where status lists tell what became of it; None: it was signed before there were any.
    """
    registry = certificate["registry"]
    url = registry["url"].rstrip("/")
    retirement_id = certificate["certificateId"]
    status = {} if status_place is None else {"credentialStatus": status_entries(url, status_place)}
    return {
        "@context": [CREDENTIALS_CONTEXT, f"{url}{CONTEXT_PATH}"],
        "id": f"{url}/api/v1/registry/retirements/{retirement_id}/certificate.vc.json",
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": {"id": did_web(url), "name": registry["name"]},
        "validFrom": certificate["sealedAt"],
        "credentialSchema": {"id": f"{url}{SCHEMA_PATH}", "type": "JsonSchema"},
        **status,
        "credentialSubject": {
            "id": f"urn:uuid:{retirement_id}",
            "type": "Retirement",
            **{name: certificate[name] for name in SAID_OF_THE_RETIREMENT},
            "certificate": dict(certificate),
        },
    }


def proof_options(credential: Mapping[str, Any], public_key: bytes) -> dict[str, Any]:
    """A proof before its value; it is made at the moment from which the credential holds."""
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": credential["validFrom"],
        "verificationMethod": verification_method(credential["issuer"]["id"], public_key),
        "proofPurpose": "assertionMethod",
        "@context": credential["@context"],
    }


def hash_data(credential: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    """
    The 64 bytes that are signed: SHA-256 of the proof without its value, then of the rest.

    A seal is 68 bytes (`signing_message`), so neither signature can pass for the other.

    Raises:
        ValueError: there is something in them that canonical JSON cannot say.
    """
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    rest = {name: value for name, value in credential.items() if name != "proof"}
    return (
        hashlib.sha256(canonical_bytes(options)).digest()
        + hashlib.sha256(canonical_bytes(rest)).digest()
    )


def with_integrity_proof(
    credential: Mapping[str, Any], options: Mapping[str, Any], signature: bytes
) -> dict[str, Any]:
    return {**credential, "proof": {**options, "proofValue": "z" + _base58(signature)}}


def key_of_multikey(text: str) -> bytes:
    """
    Raises:
        ValueError: it is no Ed25519 public key in the form of `multikey`.
    """
    raw = base58_of_multibase(text)
    if len(raw) != len(_ED25519_KEY) + 32 or not raw.startswith(_ED25519_KEY):
        raise ValueError("not an Ed25519 key")
    return raw[len(_ED25519_KEY) :]


def base58_of_multibase(text: str) -> bytes:
    """
    Raises:
        ValueError: it does not begin with z, has other letters, or is longer than any key or signature.
    """
    if not text.startswith("z") or len(text) > _MULTIBASE_LETTERS_MAX:
        raise ValueError("not base58btc")
    number = 0
    for letter in text[1:]:
        number = number * 58 + _BASE58.index(letter)
    zeros = len(text) - 1 - len(text[1:].lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _base58(raw: bytes) -> str:
    number, letters = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        letters = _BASE58[rest] + letters
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + letters
