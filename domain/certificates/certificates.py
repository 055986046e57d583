"""
Retirement certificates: what one says, its canonical bytes, and how it is sealed.

A certificate is one JSON document in the canonical form of RFC 8785; every byte of it counts.
It is `accepted` from the moment the retirement is, and `sealed` once six blocks stand on top of
its chain record. A certificate of several credit entries has lists where one of a single entry has the
thing itself: `evidence`, one for each project, and `chain`, one for each credit and in their order. In
version 3 a record's `retired_by` is a commitment to the account. Versions 1 (of one entry) and 2 (of
several) hold the account's identifier, as their records do on the chain. The rules a stranger checks it
by are in `certificate_checks.py`.

Sources: ADR 0006 (the certificate is canonical JSON), ADR 0046 (commitments).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from domain.certificates.issuances import CertifiedIssuance, issuance_document
from domain.chain.commitments import is_commitment
from domain.chain.transactions import METADATA_LABEL, Inclusion
from domain.credits.retirement import Beneficiary
from domain.identifiers import Serial
from domain.quantities import UnitRange, format_tonnes

CERTIFICATE_TYPE = "RetirementCertificate"
CERTIFICATE_VERSION = 3
CERTIFICATE_VERSION_NAMING_ACCOUNT = 1
CERTIFICATE_VERSION_OF_SEVERAL_NAMING_ACCOUNT = 2
SIGNATURE_ALGORITHM = "Ed25519"

SIGNATURE_PREFIX = b"karbonica-retirement-certificate-v1\n"
"""Put before the digest when signing, so that no other signature of this key can pass for one."""


class CertificateStatus(StrEnum):
    ACCEPTED = "accepted"
    SEALED = "sealed"


@dataclass(frozen=True)
class IssuingRegistry:
    """Who vouches for the certificate; `url` is where its public pages begin."""

    name: str
    url: str


@dataclass(frozen=True)
class CertifiedProject:
    """The public facts of the project behind a credit; `country` is ISO 3166-1 alpha-3."""

    id: UUID
    number: int
    title: str
    type: str
    country: str


@dataclass(frozen=True)
class RetiredCredit:
    """A retired credit entry: all of its units left circulation."""

    serial: Serial
    units: UnitRange
    project: CertifiedProject


@dataclass(frozen=True)
class EvidenceDocument:
    """`sha256` is of the document's bytes, in lower-case hex; it is public in every disclosure class."""

    document_type: str
    sha256: str


@dataclass(frozen=True)
class Evidence:
    """
    What a project's credits rest on: the approval's digest and the documents it is bound to.

    `verification_body` is who signed off, as it was called then (domain.projects.verification,
    `signing_body`), or None when the verifier named no body; a person's name is never put here.
    """

    project_id: UUID
    sign_off_digest: str
    verification_body: str | None
    decided_at: datetime
    documents: Sequence[EvidenceDocument]


@dataclass(frozen=True)
class CertifiedFacts:
    """What a certificate says of a project and of the evidence behind its credits."""

    project: CertifiedProject
    evidence: Evidence


@dataclass(frozen=True)
class OpenLoss:
    """
    Carbon that a project lost and that is not made good, as of the moment the certificate was written.

    `vintage` None: of all vintages. `owed_units` of the `lost_units` neither the buffer covered nor
    anybody replaced (domain.credits.obligation).
    """

    reversal_id: UUID
    project_id: UUID
    vintage: int | None
    lost_units: int
    owed_units: int
    recorded_at: datetime


@dataclass(frozen=True)
class ChainEvidence:
    """
    Where the retirement stands on the chain, as seen when the certificate was sealed.

    `record` is ours, in the seed's shape; `metadata` is the whole content of label 674 as read
    back from the chain, which in a batch also holds other records.
    """

    network: str
    inclusion: Inclusion
    platform_address: str
    record: Mapping[str, Any]
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class Certificate:
    """
    `beneficiary` None means explicitly undisclosed.

    `evidence` has one for each approval that the credits rest on. `chain` has one for each credit, in the order of the
    credits, and is empty as long as not all of them are confirmed. `sealed_at` is the moment of
    sealing. `supersedes` is the digest of the seal before this one, which names a transaction that
    the chain has given up since (ADR 0021). `issuances` are those that the units come from, each once;
    a document names them when it is sealed (ADR 0039). `losses` are those of its projects (and vintages)
    that are open when it is written; most certificates have none, and then say nothing of it.
    """

    retirement_id: UUID
    registry: IssuingRegistry
    retired_at: datetime
    credits: Sequence[RetiredCredit]
    beneficiary: Beneficiary | None
    purpose: str
    reason: str
    evidence: Sequence[Evidence]
    chain: Sequence[ChainEvidence] = ()
    sealed_at: datetime | None = None
    supersedes: str | None = None
    issuances: Sequence[CertifiedIssuance] = ()
    losses: Sequence[OpenLoss] = ()

    @property
    def quantity_units(self) -> int:
        return sum(credit.units.quantity_units for credit in self.credits)


def certificate_document(certificate: Certificate) -> dict[str, Any]:
    """
    The certificate as a JSON document, without its proof.

    With `chain` it is the statement that is about to be sealed, see `signing_message`.
    """
    of_several = len(certificate.credits) > 1
    sealed = len(certificate.chain) > 0
    chain = [_chain(evidence) for evidence in certificate.chain]
    evidence = [_evidence(one) for one in certificate.evidence]
    if of_several:
        for one, shown in zip(certificate.evidence, evidence, strict=True):
            shown["projectId"] = str(one.project_id)
    document = {
        "type": CERTIFICATE_TYPE,
        "version": _version(certificate),
        "certificateId": str(certificate.retirement_id),
        "status": (CertificateStatus.SEALED if sealed else CertificateStatus.ACCEPTED).value,
        "registry": {"name": certificate.registry.name, "url": certificate.registry.url},
        "retiredAt": format_instant(certificate.retired_at),
        "quantity": format_tonnes(certificate.quantity_units),
        "credits": [_credit(credit) for credit in certificate.credits],
        "beneficiary": _beneficiary(certificate.beneficiary),
        "purpose": certificate.purpose,
        "reason": certificate.reason,
        "evidence": evidence if of_several else evidence[0],
        "chain": (chain if of_several else chain[0]) if sealed else None,
    }
    if certificate.losses:
        document["losses"] = [_loss(loss) for loss in certificate.losses]
    if sealed and certificate.sealed_at is not None:
        document["sealedAt"] = format_instant(certificate.sealed_at)
    if sealed and certificate.supersedes is not None:
        document["supersedes"] = certificate.supersedes
    if sealed and certificate.issuances:
        document["issuances"] = [issuance_document(one) for one in certificate.issuances]
    return document


def _version(certificate: Certificate) -> int:
    """Whoever retired before records committed to accounts has a record, and a certificate, that names them."""
    if all(is_commitment(part.record["retired_by"]) for part in certificate.chain):
        return CERTIFICATE_VERSION
    if len(certificate.credits) > 1:
        return CERTIFICATE_VERSION_OF_SEVERAL_NAMING_ACCOUNT
    return CERTIFICATE_VERSION_NAMING_ACCOUNT


def chain_parts(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A document's chain evidence in any version, one for each credit; none when unsealed."""
    chain = document["chain"]
    if chain is None:
        return []
    return list(chain) if isinstance(chain, list) else [chain]


def evidence_parts(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A document's evidence in any version, one for each approval of its credits' projects."""
    evidence = document["evidence"]
    return list(evidence) if isinstance(evidence, list) else [evidence]


def canonical_bytes(document: Mapping[str, Any]) -> bytes:
    """
    The one way to write the document down: RFC 8785, UTF-8.

    Raises:
        ValueError: there is something in it that canonical JSON cannot say.
    """
    return rfc8785.dumps(dict(document))


def digest(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of the canonical bytes of everything but the `proof`."""
    statement = {key: value for key, value in document.items() if key != "proof"}
    return hashlib.sha256(canonical_bytes(statement)).digest()


def signing_message(document: Mapping[str, Any]) -> bytes:
    """What the registry's key signs: a fixed prefix, then the 32 bytes of the digest."""
    return SIGNATURE_PREFIX + digest(document)


def with_proof(
    document: Mapping[str, Any], *, public_key: bytes, signature: bytes
) -> dict[str, Any]:
    """Seal the document with a signature over its `signing_message`; both are raw Ed25519 bytes."""
    return {
        **document,
        "proof": {
            "digest": digest(document).hex(),
            "algorithm": SIGNATURE_ALGORITHM,
            "publicKey": public_key.hex(),
            "signature": signature.hex(),
        },
    }


def format_instant(instant: datetime) -> str:
    """RFC 3339 in UTC, whole seconds, with Z, as on the chain: 2024-01-15T10:30:00Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _credit(credit: RetiredCredit) -> dict[str, Any]:
    project = credit.project
    return {
        "serial": str(credit.serial),
        "vintage": credit.serial.vintage,
        "quantity": format_tonnes(credit.units.quantity_units),
        "units": {"first": credit.units.first, "last": credit.units.last},
        "project": {
            "id": str(project.id),
            "number": project.number,
            "title": project.title,
            "type": project.type,
            "country": project.country,
        },
    }


def _beneficiary(beneficiary: Beneficiary | None) -> dict[str, Any]:
    if beneficiary is None:
        return {"undisclosed": True}
    return {
        "name": beneficiary.name,
        "country": beneficiary.country,
        "identifier": beneficiary.identifier,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "signOffDigest": evidence.sign_off_digest,
        "verificationBody": evidence.verification_body,
        "decidedAt": format_instant(evidence.decided_at),
        "documents": [
            {"documentType": document.document_type, "sha256": document.sha256}
            for document in evidence.documents
        ],
    }


def _loss(loss: OpenLoss) -> dict[str, Any]:
    return {
        "reversalId": str(loss.reversal_id),
        "projectId": str(loss.project_id),
        "vintage": loss.vintage,
        "lostQuantity": format_tonnes(loss.lost_units),
        "owedQuantity": format_tonnes(loss.owed_units),
        "recordedAt": format_instant(loss.recorded_at),
    }


def _chain(chain: ChainEvidence) -> dict[str, Any]:
    return {
        "network": chain.network,
        "label": METADATA_LABEL,
        "txHash": chain.inclusion.tx_hash,
        "blockHash": chain.inclusion.block_hash,
        "blockHeight": chain.inclusion.block_height,
        "slot": chain.inclusion.slot,
        "confirmationsAtSealing": chain.inclusion.confirmations,
        "platformAddress": chain.platform_address,
        "record": dict(chain.record),
        "metadata": dict(chain.metadata),
    }


@dataclass(frozen=True)
class StoredCertificate:
    """
    `document` is the canonical JSON, byte for byte as it is served; `digest` (hex) once sealed.

    `trouble` says publicly why it cannot be sealed; None when nothing is in the way.
    """

    retirement_id: UUID
    status: CertificateStatus
    document: bytes
    created_at: datetime
    digest: str | None = None
    sealed_at: datetime | None = None
    trouble: str | None = None
