"""Four eyes: what waits for another administrator, and who may answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.accounts.proposals import (
    Proposal,
    ProposalKind,
    ProposalLimits,
    ProposalStatus,
    asked_act,
    countersign_proposal,
    expire_proposal,
    may_be_carried_out,
    refuse_proposal,
    terms_sha256,
    withdraw_proposal,
)
from domain.accounts.roles import Role
from domain.errors import Conflict, Fault, Forbidden, Invalid, NotCountersignable, Refusal
from tests.factories import ADMINISTRATOR, NOW, OTHER_ADMINISTRATOR, VERIFIER, after, named

TERMS = terms_sha256(ProposalKind.CANCELLATION, {"reason": "Twice."})
WAITING = Proposal(
    id=named("proposal"),
    kind=ProposalKind.CANCELLATION,
    subject="KRB-2024-001-000001",
    quantity_units=2_000_000,
    reason="Twice.",
    terms_sha256=TERMS,
    status=ProposalStatus.WAITING,
    proposed_by=ADMINISTRATOR.id,
    proposed_at=NOW,
    expires_at=after(days=3),
)
ANSWERED: dict[str, Any] = {"settled_by": OTHER_ADMINISTRATOR.id, "settled_at": after(days=1)}
COUNTERSIGNED = replace(WAITING, status=ProposalStatus.COUNTERSIGNED, **ANSWERED)
REFUSED = replace(WAITING, status=ProposalStatus.REFUSED, refusal="No.", **ANSWERED)
EXPIRED = replace(WAITING, status=ProposalStatus.EXPIRED, settled_at=after(days=3))
WITHDRAWN = replace(WAITING, status=ProposalStatus.WITHDRAWN, settled_at=after(days=1))


def test_another_administrator_countersigns_or_refuses() -> None:
    at = after(days=1)

    assert countersign_proposal(WAITING, actor=OTHER_ADMINISTRATOR, at=at) == COUNTERSIGNED
    assert refuse_proposal(WAITING, "No.", actor=OTHER_ADMINISTRATOR, at=at) == REFUSED
    assert expire_proposal(WAITING, at=after(days=3)) == EXPIRED
    assert expire_proposal(COUNTERSIGNED, at=after(days=3)) == COUNTERSIGNED
    assert withdraw_proposal(WAITING, actor=ADMINISTRATOR, at=at) == WITHDRAWN
    with pytest.raises(Forbidden):
        withdraw_proposal(WAITING, actor=OTHER_ADMINISTRATOR, at=at)
    with pytest.raises(Conflict, match="withdrawn"):
        may_be_carried_out(WITHDRAWN, TERMS)


def test_the_hash_tells_which_act_was_proposed() -> None:
    known: dict[str, dict[str, Any]] = {
        "freeze": {"action": "freeze"},
        "open": {"action": "unfreeze"},
    }
    asked = {"subject": WAITING.subject, "quantityUnits": "2000000", "reason": WAITING.reason}
    proposal = replace(WAITING, terms_sha256=terms_sha256(WAITING.kind, asked | known["open"]))

    assert asked_act(proposal, known) == "open"
    assert asked_act(WAITING, known) is None


ANSWERS: list[Callable[[Proposal], Proposal]] = [
    lambda p: countersign_proposal(p, actor=OTHER_ADMINISTRATOR, at=after(days=1)),
    lambda p: refuse_proposal(p, "No.", actor=OTHER_ADMINISTRATOR, at=after(days=1)),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=["countersign", "refuse"])
@pytest.mark.parametrize(
    ("proposal", "refusal"),
    [
        (COUNTERSIGNED, NotCountersignable),
        (REFUSED, NotCountersignable),
        (EXPIRED, NotCountersignable),
        (WITHDRAWN, NotCountersignable),
        (replace(WAITING, expires_at=after(days=1)), NotCountersignable),
        (replace(WAITING, proposed_by=OTHER_ADMINISTRATOR.id), Forbidden),
    ],
    ids=["countersigned", "refused", "expired", "withdrawn", "too late", "one's own"],
)
def test_what_is_answered_or_ones_own_is_not_answered(
    proposal: Proposal, refusal: type[Refusal], answer: Callable[[Proposal], Proposal]
) -> None:
    with pytest.raises(refusal):
        answer(proposal)


def test_only_staff_answer_and_a_refusal_says_why() -> None:
    with pytest.raises(Forbidden):
        countersign_proposal(WAITING, actor=VERIFIER, at=NOW)
    with pytest.raises(Invalid) as refused:
        refuse_proposal(WAITING, " ", actor=OTHER_ADMINISTRATOR, at=NOW)

    assert refused.value.faults == (Fault("/reason", "A refused proposal needs a reason."),)


@pytest.mark.parametrize(("proposal", "may"), [(WAITING, False), (COUNTERSIGNED, True)])
def test_what_is_countersigned_is_carried_out(proposal: Proposal, *, may: bool) -> None:
    assert may_be_carried_out(proposal, TERMS) is may


@pytest.mark.parametrize(
    ("proposal", "terms", "sentence"),
    [
        (REFUSED, TERMS, "Another administrator refused to countersign: No."),
        (EXPIRED, TERMS, "Nobody countersigned in time; propose it again with another key."),
        (
            COUNTERSIGNED,
            terms_sha256(ProposalKind.CANCELLATION, {"reason": "Thrice."}),
            "Something else was proposed under this key; send it with another one.",
        ),
    ],
)
def test_nothing_else_is_carried_out(proposal: Proposal, terms: str, sentence: str) -> None:
    with pytest.raises(Conflict) as refused:
        may_be_carried_out(proposal, terms)

    assert refused.value.detail == sentence


LIMITS = ProposalLimits(cancellation_units=100, reversal_units=0, role_changes=True)


@pytest.mark.parametrize(
    ("kind", "quantity_units", "needed"),
    [
        (ProposalKind.CANCELLATION, 100, False),
        (ProposalKind.CANCELLATION, 101, True),
        (ProposalKind.REVERSAL, 1, True),
        (ProposalKind.BUFFER_RELEASE, 10**12, False),
    ],
)
def test_a_quantity_above_its_limit_needs_another_administrator(
    kind: ProposalKind, quantity_units: int, *, needed: bool
) -> None:
    assert LIMITS.need_for_quantity(kind, quantity_units) is needed


@pytest.mark.parametrize(
    ("before", "changed", "needed"),
    [
        (Role.BUYER, Role.ADMINISTRATOR, True),
        (Role.ADMINISTRATOR, Role.BUYER, True),
        (Role.ADMINISTRATOR, Role.ADMINISTRATOR, False),
        (Role.BUYER, Role.DEVELOPER, False),
    ],
)
def test_who_becomes_an_administrator_or_is_none_any_more_may_need_one(
    before: Role, changed: Role, *, needed: bool
) -> None:
    assert LIMITS.need_for_role(before, changed) is needed
    assert not ProposalLimits().need_for_role(before, changed)
