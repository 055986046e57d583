"""
How far a round is, from 0 to 100, counted from the steps that are done and never set by hand.

Source: seed, "Verification Workflow Component" (progress of a verification request).
"""

from collections.abc import Collection

from domain.projects.assurance.evidence import required_evidence
from domain.projects.documents import DocumentType
from domain.projects.verification import VerificationStatus

ASSIGNED = 25
EVIDENCE = 50
"""What all that an approval rests on comes to; each kind that is there counts alike, and the statement too."""
WAITING_FOR_COUNTERSIGNATURE = 90


def progress(
    status: VerificationStatus,
    evidence_types: Collection[DocumentType],
    *,
    is_first: bool,
    waits_for_countersignature: bool = False,
    of_methodology: Collection[DocumentType] = (),
    requires_statement: bool = False,
    has_statement: bool = False,
) -> int:
    """
    Per cent of the way: 25 for the verifier, 50 for the evidence and the statement, the rest for the decision.

    `evidence_types` are the types of the round's completed documents that count, `of_methodology` those
    that its methodology asks for besides (`required_evidence`). A statement counts where the methodology
    requires one. 100 means that nothing is left to do: also of a round that was rejected or withdrawn.
    """
    if status is VerificationStatus.PENDING:
        return 0
    if status is VerificationStatus.IN_REVIEW:
        required = required_evidence(of_methodology, is_first=is_first)
        there = sum(not kind.types.isdisjoint(evidence_types) for kind in required)
        stated = requires_statement and has_statement
        return ASSIGNED + EVIDENCE * (there + stated) // (len(required) + requires_statement)
    return WAITING_FOR_COUNTERSIGNATURE if waits_for_countersignature else 100
