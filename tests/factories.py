"""Believable values for tests: people, a project, its verification, documents and credits."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from domain.accounts.roles import Account, Role
from domain.credits.ledger import CreditEntry, CreditTransaction, EntryStatus, NewEntry
from domain.credits.retirement import Beneficiary, Retirement
from domain.identifiers import Serial
from domain.projects.documents import Disclosure, Document, DocumentStatus, DocumentType
from domain.projects.projects import Coordinates, Project, ProjectStatus, ProjectType
from domain.projects.verification import Verification, VerificationStatus
from domain.quantities import UnitRange

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NAMESPACE = UUID("00000000-0000-5000-8000-0000000000a1")


def named(name: str) -> UUID:
    """The same identifier for the same name, so that whole values can be compared."""
    return uuid5(NAMESPACE, name)


def account(name: str, role: Role, **changes: Any) -> Account:
    return replace(Account(named(name), role, email_verified=True), **changes)


DEVELOPER = account("developer", Role.DEVELOPER)
OTHER_DEVELOPER = account("other developer", Role.DEVELOPER)
VERIFIER = account("verifier", Role.VERIFIER)
OTHER_VERIFIER = account("other verifier", Role.VERIFIER)
ADMINISTRATOR = account("administrator", Role.ADMINISTRATOR)
OTHER_ADMINISTRATOR = account("other administrator", Role.ADMINISTRATOR)
BUYER = account("buyer", Role.BUYER)
OTHER_BUYER = account("other buyer", Role.BUYER)

PEOPLE = (
    DEVELOPER,
    OTHER_DEVELOPER,
    VERIFIER,
    OTHER_VERIFIER,
    ADMINISTRATOR,
    OTHER_ADMINISTRATOR,
    BUYER,
    OTHER_BUYER,
)


def project(**changes: Any) -> Project:
    return replace(
        Project(
            id=named("project"),
            developer_id=DEVELOPER.id,
            title="Guanaré Forest Plantations on degraded grasslands",
            type=ProjectType.REFORESTATION,
            description="Forests on land that was grazed for three centuries.",
            location="Cerro Largo",
            country="URY",
            coordinates=Coordinates("-32.37", "-54.18"),
            emissions_target_units=100_000,
            start_date=date(2006, 7, 1),
            status=ProjectStatus.PENDING,
            created_at=NOW,
            updated_at=NOW,
            number=1,
        ),
        **changes,
    )


def pending(**changes: Any) -> Verification:
    """A verification that nobody has been given yet."""
    return replace(
        Verification(
            id=named("verification"),
            project_id=named("project"),
            developer_id=DEVELOPER.id,
            status=VerificationStatus.PENDING,
            submitted_at=NOW,
            updated_at=NOW,
        ),
        **changes,
    )


def in_review(**changes: Any) -> Verification:
    return replace(
        pending(
            status=VerificationStatus.IN_REVIEW,
            verifier_id=VERIFIER.id,
            assigned_at=NOW,
        ),
        **changes,
    )


def approved(**changes: Any) -> Verification:
    return replace(
        in_review(
            status=VerificationStatus.APPROVED,
            completed_at=NOW,
            decided_by=VERIFIER.id,
            notes="Sampled and found right.",
            verified_quantity_units=100_000,
            vintage=2024,
            sign_off_digest="ab" * 32,
        ),
        **changes,
    )


def rejected(**changes: Any) -> Verification:
    return replace(
        in_review(
            status=VerificationStatus.REJECTED,
            completed_at=NOW,
            decided_by=VERIFIER.id,
            notes="The baseline is not credible.",
        ),
        **changes,
    )


EVIDENCE = (
    DocumentType.PROJECT_DESCRIPTION,
    DocumentType.METHODOLOGY,
    DocumentType.MONITORING_REPORT,
    DocumentType.VERIFICATION_REPORT,
)
"""The documents without which nothing is approved; the last one is the verifier's own."""


def uploader_of(document_type: DocumentType) -> UUID:
    """Verifiers bring their report, suppliers all else."""
    by_verifier = document_type is DocumentType.VERIFICATION_REPORT
    return VERIFIER.id if by_verifier else DEVELOPER.id


def contents(document_type: DocumentType) -> bytes:
    """The bytes of a document of the sample project."""
    return f"The {document_type.replace('_', ' ')} of the sample project.".encode()


def document(
    document_type: DocumentType = DocumentType.MONITORING_REPORT, **changes: Any
) -> Document:
    """A completed document."""
    body = contents(document_type)
    return replace(
        Document(
            id=named(document_type),
            project_id=named("project"),
            verification_id=named("verification"),
            name=f"{document_type}.pdf",
            description="As submitted",
            document_type=document_type,
            disclosure=Disclosure.INTERNAL,
            mime_type="application/pdf",
            file_size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            status=DocumentStatus.COMPLETED,
            uploaded_by=uploader_of(document_type),
            created_at=NOW,
            completed_at=NOW,
        ),
        **changes,
    )


def announced(
    document_type: DocumentType = DocumentType.MONITORING_REPORT, **changes: Any
) -> Document:
    """A document whose bytes have not been counted yet."""
    waiting = document(document_type, status=DocumentStatus.AWAITING_UPLOAD, completed_at=None)
    return replace(waiting, **changes)


def documents() -> list[Document]:
    return [document(document_type) for document_type in EVIDENCE]


def entry(first: int = 1, last: int = 100_000, **changes: Any) -> CreditEntry:
    """An active entry of the developer's; 1000.00 t unless told otherwise."""
    return replace(
        CreditEntry(
            id=named(f"entry {first}-{last}"),
            serial=Serial(2024, 1, 1),
            project_id=named("project"),
            owner_id=DEVELOPER.id,
            units=UnitRange(first, last),
            status=EntryStatus.ACTIVE,
            issued_at=NOW,
            last_action_at=NOW,
        ),
        **changes,
    )


def issued_beside(
    entry: CreditEntry, issuance: CreditTransaction, transaction_id: UUID
) -> tuple[CreditEntry, CreditTransaction]:
    """
    Another issuance like this one, with an entry of its own, which nobody approved.

    Its numbers are far from all others and follow from `transaction_id`.
    """
    number = 1_000_000 + transaction_id.int % 10**9
    length = entry.units.quantity_units
    another = replace(
        entry,
        id=uuid5(transaction_id, "entry"),
        serial=replace(entry.serial, running_number=number),
        units=UnitRange(number * length, (number + 1) * length - 1),
        parent_id=None,
    )
    return another, replace(
        issuance,
        id=transaction_id,
        entry_id=another.id,
        result_entry_id=another.id,
        units=another.units,
        verification_id=None,
    )


def new_names(*running_numbers: int) -> list[NewEntry]:
    return [NewEntry(named(f"new entry {n}"), Serial(2024, 1, n)) for n in running_numbers]


def retirement(**changes: Any) -> Retirement:
    return replace(
        Retirement(
            id=named("retirement"),
            account_id=DEVELOPER.id,
            quantity_units=100_000,
            beneficiary=Beneficiary("Société Générale", "FRA", "LEI O2RNE8IBXP4R0TD8PU41"),
            purpose="Carbon neutrality claim for 2025",
            reason="Scope 2 emissions of our offices in 2025",
            retired_at=NOW,
        ),
        **changes,
    )


def after(**duration: float) -> datetime:
    """A moment that much later than `NOW`."""
    return NOW + timedelta(**duration)
