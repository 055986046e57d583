"""How far a round is, by the steps that are done."""

from domain.projects.documents import DocumentType
from domain.projects.progress import progress
from domain.projects.verification import VerificationStatus
from tests.factories import EVIDENCE

IN_REVIEW, APPROVED = VerificationStatus.IN_REVIEW, VerificationStatus.APPROVED


def test_progress_goes_from_assignment_over_each_kind_of_evidence_to_the_decision() -> None:
    by_evidence = [
        progress(IN_REVIEW, EVIDENCE[:count], is_first=True) for count in range(len(EVIDENCE) + 1)
    ]
    # A monitoring period brings two kinds of its own; others add nothing, nor does one kind twice.
    of_a_period = [
        progress(IN_REVIEW, types, is_first=False)
        for types in (EVIDENCE[:2], EVIDENCE[2:3], [*EVIDENCE[2:], DocumentType.OTHER])
    ]

    assert by_evidence == [25, 37, 50, 62, 75]
    assert of_a_period == [25, 50, 75]
    assert (
        progress(IN_REVIEW, [DocumentType.METHODOLOGY, DocumentType.MONITORING_PLAN], is_first=True)
        == 37
    )
    assert progress(APPROVED, [], is_first=True, waits_for_countersignature=True) == 90
    ended = {one: progress(one, EVIDENCE, is_first=True) for one in VerificationStatus}
    assert ended == {
        VerificationStatus.PENDING: 0,
        IN_REVIEW: 75,
        APPROVED: 100,
        VerificationStatus.REJECTED: 100,
        VerificationStatus.WITHDRAWN: 100,
    }
