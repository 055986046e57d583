"""Checking a certificate that comes as a Verifiable Credential: its own proof, and that it says the same."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.certificates.certificates import canonical_bytes
from domain.certificates.check_results import Check, TrustedKey
from domain.certificates.credentials import (
    CRYPTOSUITE,
    base58_of_multibase,
    credential_document,
    hash_data,
    key_of_multikey,
)
from domain.certificates.schema import read_certificate
from domain.certificates.status_lists import (
    LIST_TYPE,
    PLACES,
    Status,
    is_set,
    list_url,
    place_of,
)

CREDENTIAL_SIZE_MAX = 3 * 1024 * 1024
"""Bytes: a certificate, and what of it the subject repeats."""

Verify = Callable[[bytes, bytes, bytes], bool]


@dataclass(frozen=True)
class UnpackedCredential:
    """
    `certificate` are the bytes of the certificate inside, in canonical form; empty when there is none.

    `status_place` is its place in the status lists; None: it names none.
    """

    certificate: bytes
    checks: tuple[Check, ...]
    status_place: int | None = None


def is_credential(raw: bytes) -> bool:
    """Whether the bytes look like a credential rather than like a certificate of our own form."""
    return b'"VerifiableCredential"' in raw[:CREDENTIAL_SIZE_MAX]


def unpack_credential(
    raw: bytes, *, verify_signature: Verify, trusted_keys: Sequence[TrustedKey] | None
) -> UnpackedCredential:
    """
    Check the credential itself; what it carries is checked as a certificate afterwards.

    No input makes this raise. The three checks are: the proof over every byte that counts, the key,
    and that the credential is the one that the registry makes of the certificate inside.
    """
    try:
        credential = _read(raw)
        proof = credential["proof"]
        certificate = canonical_bytes(credential["credentialSubject"]["certificate"])
        holds = _proof_holds(credential, proof, verify_signature)
        key = _check_key(proof, trusted_keys)
        place = (
            place_of(credential["credentialStatus"]) if "credentialStatus" in credential else None
        )
        expected = _expected(certificate, place)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        unread = "The file is no credential of a certificate, or one of another cryptosuite."
        return UnpackedCredential(b"", (Check("credential", False, unread),))
    stated = {name: value for name, value in credential.items() if name != "proof"}
    different = sorted(
        name for name in stated.keys() | expected.keys() if stated.get(name) != expected.get(name)
    )
    return UnpackedCredential(
        certificate,
        (
            Check(
                "credential proof",
                holds,
                "The credential is signed as it stands."
                if holds
                else "The signature is not that of this credential: something in it was changed.",
                "/proof/proofValue",
            ),
            key,
            Check(
                "credential says the same",
                not different,
                "The credential says what the certificate inside says."
                if not different
                else f"The credential says something else than the certificate inside: {', '.join(different)}.",
                f"/{different[0]}" if different else "/credentialSubject/certificate",
            ),
        ),
        place,
    )


def read_status_list(
    raw: bytes,
    status: Status,
    place: int,
    *,
    verify_signature: Verify,
    trusted_keys: Sequence[TrustedKey],
) -> bool:
    """
    Whether a list, as it was served, tells this of the credential at a place.

    Raises:
        ValueError: it is not the list for that, or not signed by one of the keys; the sentence says which.
    """
    try:
        document = _read(raw)
        proof = document["proof"]
        holds = _proof_holds(document, proof, verify_signature)
        key = _check_key(proof, trusted_keys)
        address = list_url("", status, place // PLACES)
        is_it = str(document["id"]).endswith(address) and LIST_TYPE in document["type"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise ValueError("what was answered is no status list") from None
    if not is_it:
        raise ValueError("what was answered is another list")
    if not holds or not key.passed:
        raise ValueError("the list is not signed by one of the registry's keys")
    return is_set(document, place)


def _read(raw: bytes) -> dict[str, Any]:
    if len(raw) > CREDENTIAL_SIZE_MAX:
        raise ValueError("too large")
    credential = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_key_twice)
    if not isinstance(credential, dict):
        raise TypeError("no object")
    return credential


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _proof_holds(
    credential: Mapping[str, Any], proof: Mapping[str, Any], verify_signature: Verify
) -> bool:
    if (proof["type"], proof["cryptosuite"]) != ("DataIntegrityProof", CRYPTOSUITE):
        raise ValueError("another cryptosuite")
    did, _, named = str(proof["verificationMethod"]).rpartition("#")
    right = (
        did == credential["issuer"]["id"]
        and proof["proofPurpose"] == "assertionMethod"
        and proof["created"] == credential["validFrom"]
        and proof.get("@context") == credential["@context"]
    )
    signature = base58_of_multibase(proof["proofValue"])
    return right and verify_signature(
        key_of_multikey(named), hash_data(credential, proof), signature
    )


def _expected(certificate: bytes, status_place: int | None) -> dict[str, Any]:
    document = read_certificate(certificate).document
    if document is None:
        raise ValueError("no certificate inside")
    return credential_document(document, status_place=status_place)


def _check_key(proof: Mapping[str, Any], trusted_keys: Sequence[TrustedKey] | None) -> Check:
    name, pointer = "credential key", "/proof/verificationMethod"
    if trusted_keys is None:
        sentence = "Not checked: whether the key that signed the credential is the registry's."
        return Check(name, None, sentence, pointer)
    public_key = key_of_multikey(str(proof["verificationMethod"]).rpartition("#")[2]).hex()
    matches = [key for key in trusted_keys if key.public_key == public_key]
    if not matches:
        sentence = "The key that signed the credential is not one of the registry's keys."
        return Check(name, False, sentence, pointer)
    moment = datetime.fromisoformat(str(proof["created"]))
    if not any(key.seals_at(moment, heed_start=True) for key in matches):
        sentence = f"The registry did not seal with this key at the time ({proof['created']})."
        return Check(name, False, sentence, pointer)
    return Check(name, True, "The credential's key is one of the registry's keys.", pointer)
