"""
How far a round is, from 0 to 100, counted from the steps that are done and never set by hand.

Source: seed, "Verification Workflow Component" (progress of a verification request).
"""

from collections.abc import Collection

from domain.projects.assurance.evidence import REQUIRED_EVIDENCE
from domain.projects.documents import DocumentType
from domain.projects.verification import VerificationStatus

ASSIGNED = 25
EVIDENCE = 50
"""What all required kinds come to; each that is there counts alike."""
WAITING_FOR_COUNTERSIGNATURE = 90


def progress(
    status: VerificationStatus,
    evidence_types: Collection[DocumentType],
    *,
    is_first: bool,
    waits_for_countersignature: bool = False,
) -> int:
    """
    Per cent of the way: 25 for the verifier, 50 for the evidence, the rest for the decision.

    `evidence_types` are the types of the round's completed documents that count. 100 means that nothing
    is left to do: also of a round that was rejected or withdrawn.
    """
    if status is VerificationStatus.PENDING:
        return 0
    if status is VerificationStatus.IN_REVIEW:
        required = [kind for kind in REQUIRED_EVIDENCE if is_first or kind.in_each_round]
        there = sum(not kind.types.isdisjoint(evidence_types) for kind in required)
        return ASSIGNED + EVIDENCE * there // len(required)
    return WAITING_FOR_COUNTERSIGNATURE if waits_for_countersignature else 100
