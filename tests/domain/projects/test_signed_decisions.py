"""What a second factor confirms is one decision and no other."""

from itertools import product

from domain.projects.signed_decisions import DecisionKind, SignedDecision
from tests.factories import named


def test_everything_that_is_asked_for_is_in_the_hash() -> None:
    decisions = [
        SignedDecision(kind, named(subject), terms)
        for kind, subject, terms in product(
            DecisionKind, ("one", "another"), ({}, {"reason": "a"}, {"reason": "b"})
        )
    ]

    assert len({one.subject_hash for one in decisions}) == len(decisions)
    same = SignedDecision(DecisionKind.REJECT, named("one"), {"b": None, "a": 1})
    assert (
        same.subject_hash
        == SignedDecision(DecisionKind.REJECT, named("one"), {"a": 1, "b": None}).subject_hash
    )
    assert same.words == f"reject the verification {named('one')}"
