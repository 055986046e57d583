"""A believable retirement, certified: facts for tests, sealed with a key of their own."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.signing.certificate_signer import Ed25519CertificateSigner
from domain.certificates.certificates import (
    Certificate,
    CertifiedProject,
    ChainEvidence,
    Evidence,
    EvidenceDocument,
    IssuingRegistry,
    RetiredCredit,
    canonical_bytes,
    certificate_document,
    signing_message,
    with_proof,
)
from domain.certificates.check_results import ChainFacts
from domain.chain.commitments import SALT_BYTES, commit
from domain.chain.metadata import payload, retirement_record
from domain.chain.transactions import Inclusion
from domain.credits.retirement import Beneficiary
from domain.identifiers import Serial
from domain.quantities import UnitRange

SIGNER = Ed25519CertificateSigner(bytes(range(32)))
OTHER_SIGNER = Ed25519CertificateSigner(bytes(range(1, 33)))
TX_HASH = "8f" * 32
BLOCK_HASH = "3c" * 32
PLATFORM_ADDRESS = "addr_test1vzpwq95z3xyum8vqndgdd9mdnmafh3djcxnc6jemlgdmswcve6tkw"

PROJECT = CertifiedProject(
    id=UUID("5e0a5a4e-9d7a-5a62-8f0a-0f3a3d1f6c11"),
    number=1,
    title="Guanaré Forest Plantations on degraded grasslands under extensive grazing",
    type="reforestation",
    country="URY",
)

HOLDER_ID = UUID("0c9b2f6e-1d7f-4a55-8f5e-7c1f7f8f0a01")

# The dash is part of the name, and of the test: it is no ASCII.
BENEFICIARY = Beneficiary("Société Générale \N{EN DASH} Łódź", "FRA", "LEI O2RNE8IBXP4R0TD8PU41")


def accepted(
    *,
    quantity_units: int = 100_000,
    reason: str = "Scope 2 emissions of our offices in 2023",
    title: str | None = None,
    beneficiary: Beneficiary | None = BENEFICIARY,
) -> Certificate:
    return Certificate(
        retirement_id=UUID("b5a3c8f2-6f57-5b0c-9a54-2b5f4f6d7e10"),
        registry=IssuingRegistry("Karbonica Registry", "https://registry.karbonica.example"),
        retired_at=datetime(2024, 1, 15, 10, 30, tzinfo=UTC),
        credits=[
            RetiredCredit(
                serial=Serial(2021, 1, 1),
                units=UnitRange(1, quantity_units),
                project=replace(PROJECT, title=title or PROJECT.title),
            )
        ],
        beneficiary=beneficiary,
        purpose="Carbon neutrality claim for the year 2023",
        reason=reason,
        evidence=[evidence(PROJECT.id)],
    )


def evidence(project_id: UUID) -> Evidence:
    return Evidence(
        project_id=project_id,
        sign_off_digest="a1" * 32,
        verification_body="AENOR Internacional S.A.U.",
        decided_at=datetime(2023, 11, 2, 9, 12, 40, tzinfo=UTC),
        documents=[
            EvidenceDocument("project_description", "b2" * 32),
            EvidenceDocument("monitoring_report", "c3" * 32),
            EvidenceDocument("verification_report", "d4" * 32),
        ],
    )


def of_several() -> Certificate:
    """A retirement of three entries of two projects: 250.00 t, 100.00 t and 0.01 t."""
    other = replace(PROJECT, id=UUID("0d3d5c92-31a4-5bb4-bb59-18b0b6a2b2c7"), number=2)
    return replace(
        accepted(),
        credits=[
            RetiredCredit(Serial(2021, 1, 4), UnitRange(1, 25_000), PROJECT),
            RetiredCredit(Serial(2021, 2, 1), UnitRange(200_001, 210_000), other),
            RetiredCredit(Serial(2022, 1, 9), UnitRange(300_000, 300_000), PROJECT),
        ],
        evidence=[evidence(PROJECT.id), evidence(other.id)],
    )


def record(certificate: Certificate, index: int = 0) -> dict[str, Any]:
    credit = certificate.credits[index]
    return retirement_record(
        serial=credit.serial,
        project_id=credit.project.id,
        quantity_units=credit.units.quantity_units,
        vintage=credit.serial.vintage,
        retired_by=commit(HOLDER_ID, bytes(range(index, index + SALT_BYTES))),
        reason=certificate.reason,
        at=certificate.retired_at,
    )


def confirmed(certificate: Certificate, *, others: tuple[dict[str, Any], ...] = ()) -> Certificate:
    """The certificate with its chain records, the first of which shares a transaction with `others`."""
    chain = []
    for index in range(len(certificate.credits)):
        ours = record(certificate, index)
        beside = others if index == 0 else ()
        tx_hash = TX_HASH if index == 0 else f"{index:064x}"
        chain.append(
            ChainEvidence(
                network="preview",
                inclusion=Inclusion(tx_hash, BLOCK_HASH, 2_871_204, 73_512_441, 6),
                platform_address=PLATFORM_ADDRESS,
                record=ours,
                metadata=payload([*beside, ours]),
            )
        )
    return replace(certificate, chain=chain)


def seal(document: dict[str, Any], signer: Ed25519CertificateSigner = SIGNER) -> dict[str, Any]:
    statement = {key: value for key, value in document.items() if key != "proof"}
    return with_proof(
        statement, public_key=signer.public_key, signature=signer.sign(signing_message(statement))
    )


def sealed(certificate: Certificate | None = None) -> dict[str, Any]:
    return seal(certificate_document(confirmed(certificate or accepted())))


def sealed_bytes(certificate: Certificate | None = None) -> bytes:
    return canonical_bytes(sealed(certificate))


def chain_facts(document: dict[str, Any], **changes: Any) -> ChainFacts:
    """What an honest server says of the document's transaction, save for `changes`."""
    return facts_of(document["chain"], **changes)


def each_fact(document: dict[str, Any], **changes: Any) -> dict[str, ChainFacts]:
    """The same of a certificate of several credits, by transaction."""
    return {chain["txHash"]: facts_of(chain, **changes) for chain in document["chain"]}


def facts_of(chain: dict[str, Any], **changes: Any) -> ChainFacts:
    facts = ChainFacts(
        inclusion=Inclusion(
            chain["txHash"], chain["blockHash"], chain["blockHeight"], chain["slot"], 41
        ),
        payload=chain["metadata"],
        paid_by=(chain["platformAddress"],),
        block_time=datetime(2024, 1, 15, 10, 31, 4, tzinfo=UTC),
    )
    return replace(facts, **changes)
