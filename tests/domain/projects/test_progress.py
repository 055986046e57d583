"""How far a round is, by the steps that are done."""

import pytest

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


ANALYSIS, PLAN = DocumentType.LABORATORY_ANALYSIS, DocumentType.MONITORING_PLAN


@pytest.mark.parametrize(
    ("types", "is_first", "asked", "requires", "has", "expected"),
    [
        (EVIDENCE, True, {ANALYSIS}, False, False, 65),
        ([*EVIDENCE, ANALYSIS], True, {ANALYSIS}, False, False, 75),
        # Asked for by name, a plan is not made good by a methodology; nor is it one kind more.
        ([DocumentType.METHODOLOGY], True, {PLAN}, False, False, 25),
        ([PLAN], True, {PLAN}, False, False, 37),
        # A period brings the analysis anew, and the plan was seen once for all.
        (EVIDENCE, False, {ANALYSIS, PLAN}, False, False, 58),
        (EVIDENCE, True, (), True, False, 65),
        (EVIDENCE, True, (), True, True, 75),
        ([], True, (), True, True, 35),
        (EVIDENCE[:1], True, (), False, True, 37),
    ],
)
def test_what_the_methodology_asks_for_counts_as_the_rest_does(
    types: list[DocumentType],
    is_first: bool,
    asked: set[DocumentType],
    requires: bool,
    has: bool,
    expected: int,
) -> None:
    assert expected == progress(
        IN_REVIEW,
        types,
        is_first=is_first,
        of_methodology=asked,
        requires_statement=requires,
        has_statement=has,
    )
