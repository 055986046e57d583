"""The believable retirement's certificate as a credential, and what a verifier resolves for it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from adapters.signing.certificate_signer import Ed25519CertificateSigner
from api.rest.certificates.credential_documents import context_document, schema_document
from domain.certificates.certificates import certificate_document
from domain.certificates.credentials import (
    CONTEXT_PATH,
    DID_PATH,
    SCHEMA_PATH,
    credential_document,
    did_document,
    hash_data,
    proof_options,
    with_integrity_proof,
)
from domain.certificates.published_keys import PUBLISHED_AT
from tests.tools.sample_certificates import SIGNER, accepted, confirmed, seal

URL = "https://registry.karbonica.example"
SEALED_AT = datetime(2024, 1, 15, 11, tzinfo=UTC)


def credential(
    signer: Ed25519CertificateSigner = SIGNER, *, status_place: int | None = None, **changes: Any
) -> dict[str, Any]:
    """As the worker makes it; `changes` of the certificate."""
    certificate = replace(confirmed(accepted()), sealed_at=SEALED_AT, **changes)
    sealed = seal(certificate_document(certificate))
    unsigned = credential_document(sealed, status_place=status_place)
    options = proof_options(unsigned, signer.public_key)
    return with_integrity_proof(unsigned, options, signer.sign(hash_data(unsigned, options)))


def resolvable(*public_keys: bytes) -> dict[str, Any]:
    """Documents by their address: keys as by did:web, the context, the schema."""
    did = did_document(URL, public_keys or [SIGNER.public_key], keys_published_at=PUBLISHED_AT)
    methods = {
        method["id"]: {"@context": "https://w3id.org/security/multikey/v1", **method}
        for method in did["verificationMethod"]
    }
    return {
        **methods,
        did["id"]: did,
        URL + DID_PATH: did,
        URL + CONTEXT_PATH: context_document(URL),
        URL + SCHEMA_PATH: schema_document(URL),
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    """One thing changed in it, and the proof left as it was."""
    copy: dict[str, Any] = json.loads(json.dumps(credential()))
    *folders, name = path.split("/")[1:]
    place = copy
    for folder in folders:
        place = place[folder]
    place[name] = value
    return copy


CHANGED = {
    "the quantity": changed("/credentialSubject/quantity", "1000.01"),
    "the subject's identifier": changed("/credentialSubject/id", "urn:uuid:0"),
    "the beneficiary": changed("/credentialSubject/beneficiary/name", "Somebody else"),
    "a byte of the certificate inside": changed("/credentialSubject/certificate/purpose", "None"),
    "the issuer's name": changed("/issuer/name", "Another registry"),
    "the date": changed("/validFrom", "2024-01-15T11:00:01Z"),
    "the proof's date": changed("/proof/created", "2024-01-15T11:00:01Z"),
    "the proof's value": changed(
        "/proof/proofValue", "z" + credential()["proof"]["proofValue"][:0:-1]
    ),
}
