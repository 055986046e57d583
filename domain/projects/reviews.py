"""Whose turn it is in a review, and with what: what the desks of verifiers and suppliers put on top."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.organisations.accreditation import DeclaredConflict
from domain.projects.evidence import EvidenceCheck
from domain.projects.verification import Verification, VerificationStatus


class WhoseTurn(StrEnum):
    VERIFIER = "verifier"
    SUPPLIER = "supplier"
    STAFF = "staff"


@dataclass(frozen=True)
class Task:
    """`sentence` is an imperative, as people read it."""

    turn: WhoseTurn
    sentence: str


def tasks_of(
    verification: Verification,
    checklist: Collection[EvidenceCheck],
    declared: DeclaredConflict | None,
) -> Sequence[Task]:
    """What a round waits for, the verifier's first; nothing of one that is settled."""
    if verification.waits_for_countersignature:
        return [Task(WhoseTurn.STAFF, "Countersign the approval.")]
    if verification.status is not VerificationStatus.IN_REVIEW:
        return []
    if declared is DeclaredConflict.PRESENT:
        return [
            Task(
                WhoseTurn.STAFF,
                "Assign another verifier: you have declared a conflict of interest.",
            )
        ]
    tasks = []
    if declared is None:
        tasks.append(Task(WhoseTurn.VERIFIER, "Declare whether you have a conflict of interest."))
    missing = [one.kind for one in checklist if not one.is_there]
    from_supplier = [kind.name for kind in missing if not kind.by_decider]
    if from_supplier:
        tasks.append(Task(WhoseTurn.SUPPLIER, f"Upload {'; '.join(from_supplier)}."))
    elif any(kind.by_decider for kind in missing):
        tasks.append(Task(WhoseTurn.VERIFIER, "Upload your verification report."))
    elif not tasks:
        tasks.append(Task(WhoseTurn.VERIFIER, "Approve or reject."))
    return tasks
