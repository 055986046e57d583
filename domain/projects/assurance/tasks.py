"""Whose turn it is in a review, and with what: what the desks of verifiers and suppliers put on top."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.organisations.accreditation import DeclaredConflict
from domain.projects.assurance.evidence import EvidenceCheck
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


@dataclass(frozen=True)
class FindingsNow:
    """How many findings wait for the supplier, how many for the verifier, and how many hold up an approval."""

    open: int = 0
    answered: int = 0
    blocking: int = 0


def tasks_of(
    verification: Verification,
    checklist: Collection[EvidenceCheck],
    declared: DeclaredConflict | None,
    findings: FindingsNow,
) -> Sequence[Task]:
    """What a round waits for, the verifier's first; nothing of one that is settled."""
    if verification.waits_for_countersignature:
        return [Task(WhoseTurn.STAFF, "Countersign the approval.")]
    if verification.status is not VerificationStatus.IN_REVIEW:
        return []
    if declared is DeclaredConflict.PRESENT:
        sentence = "Assign another verifier: you have declared a conflict of interest."
        return [Task(WhoseTurn.STAFF, sentence)]
    tasks = []
    if declared is None:
        tasks.append(Task(WhoseTurn.VERIFIER, "Declare whether you have a conflict of interest."))
    if findings.answered:
        tasks.append(
            Task(WhoseTurn.VERIFIER, f"Look at {_counted(findings.answered, 'answered finding')}.")
        )
    # A forward action is for the next round: it may stay open, and nobody has to answer it.
    unanswered = min(findings.open, findings.blocking)
    if unanswered:
        tasks.append(Task(WhoseTurn.SUPPLIER, f"Answer {_counted(unanswered, 'finding')}."))
    missing = [one.kind for one in checklist if not one.is_there]
    from_supplier = [kind.name for kind in missing if not kind.by_decider]
    if from_supplier:
        tasks.append(Task(WhoseTurn.SUPPLIER, f"Upload {'; '.join(from_supplier)}."))
    elif any(kind.by_decider for kind in missing):
        tasks.append(Task(WhoseTurn.VERIFIER, "Upload your verification report."))
    elif not tasks or (declared is not None and not findings.blocking and not findings.answered):
        tasks.append(Task(WhoseTurn.VERIFIER, "Approve or reject."))
    return tasks


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
