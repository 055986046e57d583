"""What a project waits for, on whom, and what its supplier does next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.projects.assurance.evidence import REQUIRED_EVIDENCE, RequiredEvidence
from domain.projects.documents import DocumentType
from domain.projects.verification import Verification, VerificationStatus


class WaitsFor(StrEnum):
    """Whose move it is; nobody's once a round is approved."""

    SUPPLIER = "supplier"
    STAFF = "staff"
    VERIFIER = "verifier"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Deadlines:
    """How long each wait may take before staff are reminded (settings)."""

    assignment: timedelta
    review: timedelta
    countersignature: timedelta


@dataclass(frozen=True)
class NextStep:
    """
    `wait` says for what a round waits, `advice` what the supplier does about it.

    `deadline`: when staff are reminded of whoever is waited for; None of the supplier's own part.
    """

    waits_for: WaitsFor
    wait: str
    advice: str
    deadline: datetime | None = None


def suppliers_evidence(*, is_first: bool) -> Sequence[RequiredEvidence]:
    """The kinds that the supplier brings; the verifier's own statement is not among them."""
    return [
        kind
        for kind in REQUIRED_EVIDENCE
        if not kind.by_decider and (is_first or kind.in_each_round)
    ]


def missing_evidence(
    document_types: Collection[DocumentType], *, is_first: bool
) -> Sequence[RequiredEvidence]:
    """What the supplier has to bring still; `document_types` are those of the round's documents that count."""
    return [
        kind
        for kind in suppliers_evidence(is_first=is_first)
        if not kind.types & set(document_types)
    ]


def next_step(  # noqa: PLR0911 -- a sentence for each
    newest: Verification,
    document_types: Collection[DocumentType],
    deadlines: Deadlines,
    *,
    findings_open: int = 0,
) -> NextStep:
    """
    Of a project whose newest round this is; `adapters` says the same of whose move it is, for lists.

    `findings_open`: those that the supplier has to answer before an approval.
    """
    if newest.status is VerificationStatus.REJECTED:
        return NextStep(
            WaitsFor.SUPPLIER,
            "Rejected",
            "Read the reason, mend what it names, and resubmit the round.",
        )
    if newest.status is VerificationStatus.WITHDRAWN:
        return NextStep(
            WaitsFor.NOBODY, "Nothing", "Withdrawn by you. Resubmit the round when you are ready."
        )
    if newest.waits_for_countersignature:
        since = newest.completed_at
        return NextStep(
            WaitsFor.STAFF,
            "A countersignature",
            "Approved by the verifier. A second person of the registry looks at it; you need do nothing.",
            since and since + deadlines.countersignature,
        )
    if newest.status is VerificationStatus.APPROVED:
        return NextStep(
            WaitsFor.NOBODY,
            "Nothing",
            "Approved. Open a monitoring period when you have monitored the next one.",
        )
    if findings_open:
        what = "the open finding" if findings_open == 1 else f"the {findings_open} open findings"
        return NextStep(WaitsFor.SUPPLIER, "Answers", f"Answer {what} of the verifier.")
    missing = missing_evidence(document_types, is_first=newest.monitoring_period is None)
    if missing:
        names = [kind.name for kind in missing]
        listed = " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
        return NextStep(WaitsFor.SUPPLIER, "Documents", f"Upload {listed}.")
    if newest.status is VerificationStatus.PENDING:
        return NextStep(
            WaitsFor.STAFF,
            "A verifier",
            "Your documents are there. The registry assigns a verifier; you are told.",
            newest.submitted_at + deadlines.assignment,
        )
    since = newest.assigned_at
    return NextStep(
        WaitsFor.VERIFIER,
        "The review",
        "Your documents are with the verifier. Answer their questions when there are some.",
        since and since + deadlines.review,
    )
