"""
The check of what was signed off: does it still stand there, and are its bytes still in storage?

A sign-off digest is recomputed from the project and its documents as they are now, and the
verification is compared with the audit log's entry of its approval, which another hand wrote. Of
documents, storage's own word on size (and SHA-256, where it keeps one) is heard every day; the bytes
themselves are read in turn, all of them every day as long as they are few.

Source: ADR 0040.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.projects.approvals import digest_of
from domain.projects.documents import Document
from domain.projects.projects import Project
from domain.projects.verification import Verification, VintageQuantity

BYTES_READ_DAILY = 5 * 1024**3
"""What a slow store gives in some minutes."""

ROUND_DAYS_MAX = 28
"""However much there is, each document's bytes are read once in four weeks."""

DIFFERENCES_MAX = 100
"""So many are named; whoever has more looks for one cause."""


@dataclass(frozen=True)
class AuditedSignOff:
    """What the audit log says of an approval, as it was written down then; the digest is hex."""

    sign_off_digest: str | None
    verified_quantity_units: int | None
    vintage: int | None
    decided_by: UUID | None
    vintages: tuple[VintageQuantity, ...] | None = None


@dataclass(frozen=True)
class SignedOff:
    """
    An approved verification with what stands there now. `audited` None: the log has no such entry.

    `statement_sha256` is of the newest verification statement as it stands there, None where there is none,
    `quantification_sha256` of the newest quantification, worked out anew from its inputs.
    """

    verification: Verification
    project: Project
    documents: Sequence[Document]
    audited: AuditedSignOff | None
    statement_sha256: str | None = None
    quantification_sha256: str | None = None


@dataclass(frozen=True)
class DescribedBytes:
    """What object storage itself says of an object; `sha256` (hex) None where it keeps none."""

    file_size: int
    sha256: str | None = None


def sign_off_differences(signed: SignedOff) -> list[str]:
    """One public sentence for each thing that is not as it was signed off."""
    verification, of_project = signed.verification, f"Project {signed.project.number}"
    if verification.number > 1:
        of_project = f"{of_project}, round {verification.number}"
    today = digest_of(verification, signed.project, signed.documents)
    found = []
    if verification.sign_off_digest != today:
        found.append(
            f"{of_project}: project data or documents are not those that were signed off "
            f"(digest {_short(verification.sign_off_digest)}, now {_short(today)})."
        )
    bound = verification.statement_sha256
    if bound is not None and bound != signed.statement_sha256:
        found.append(
            f"{of_project}: the verification statement is not the one that was signed off "
            f"(SHA-256 {_short(bound)}, now {_short(signed.statement_sha256)})."
        )
    quantified = verification.quantification_sha256
    if quantified is not None and quantified != signed.quantification_sha256:
        found.append(
            f"{of_project}: what follows from the monitoring data is not what was signed off "
            f"(SHA-256 {_short(quantified)}, now {_short(signed.quantification_sha256)})."
        )
    if signed.audited is None:
        return [*found, f"{of_project}: the audit log has no entry of its approval."]
    said = signed.audited
    compared: dict[str, tuple[Any, Any]] = {
        "digest": (verification.sign_off_digest, said.sign_off_digest),
        "quantity": (verification.verified_quantity_units, said.verified_quantity_units),
        "vintage": (verification.vintage, said.vintage),
        "vintages": (verification.vintages, said.vintages),
        "decider": (verification.decided_by, said.decided_by),
    }
    other = [name for name, (here, there) in compared.items() if here != there]
    if other:
        found.append(
            f"{of_project}: {' and '.join(other)} of its approval differ from the audit log."
        )
    return found


def document_difference(document: Document, held: DescribedBytes | None) -> str | None:
    """What storage holds, or says that it holds, beside what was completed; None: the same."""
    if held is None:
        return f"Document {document.id}: its bytes are gone from object storage."
    if held.file_size != document.file_size:
        return (
            f"Document {document.id}: object storage holds {held.file_size} bytes, "
            f"{document.file_size} were completed."
        )
    if held.sha256 is not None and held.sha256 != document.sha256:
        return (
            f"Document {document.id}: object storage holds other bytes "
            f"(SHA-256 {_short(document.sha256)}, now {_short(held.sha256)})."
        )
    return None


def round_days(total_bytes: int) -> int:
    """Days in which the bytes of every document are read once."""
    return min(max(1, -(-total_bytes // BYTES_READ_DAILY)), ROUND_DAYS_MAX)


def is_read_today(document_id: UUID, at: datetime, *, days: int) -> bool:
    """Whether it is this document's turn; each has one day in `days`."""
    return document_id.int % days == at.toordinal() % days


def _short(digest: str | None) -> str:
    return "none" if digest is None else f"{digest[:12]}…"
