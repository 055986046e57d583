"""What may be said in a round about a finding, by whom, and what state it leaves."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.roles import Account
from domain.errors import OpenFindings, Refusal
from domain.projects.documents import Document, DocumentStatus
from domain.projects.findings import (
    FINDINGS_MAX,
    MESSAGES_MAX,
    Finding,
    FindingKind,
    FindingPlace,
    FindingState,
    NewFinding,
    NewMessage,
    carry_forward,
    close,
    raise_finding,
    reopen,
    reply,
    require_settled,
)
from domain.projects.verification import Verification
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    EVIDENCE,
    NOW,
    OTHER_DEVELOPER,
    OTHER_VERIFIER,
    VERIFIER,
    approved,
    document,
    in_review,
    named,
    pending,
)

ROUND = in_review()
DECIDED = approved()
PENDING = pending()
REPORT = replace(document(EVIDENCE[0]), project_id=ROUND.project_id)
KINDS = [*FindingKind]


def raised(
    place: FindingPlace | None = None,
    *,
    in_round: Verification = ROUND,
    by: Account = VERIFIER,
    kind: FindingKind = FindingKind.CORRECTIVE_ACTION,
    text: str = "The scale is old.",
    about: Document | None = REPORT,
    pages: int | None = None,
    before: tuple[Finding, ...] = (),
) -> Finding:
    asked = NewFinding(named(f"finding {len(before)}"), kind, text, place or FindingPlace())
    return raise_finding(
        in_round, asked, actor=by, before=before, document=about, pages=pages, at=NOW
    )


def said(
    act: str,
    finding: Finding,
    *,
    by: Account,
    in_round: Verification = ROUND,
    text: str = "Words.",
    attached: tuple[Document | None, ...] = (),
) -> Finding:
    asked = NewMessage(named(f"message {len(finding.thread)}"), text, [d.id for d in attached if d])
    if act == "reply":
        return reply(finding, in_round, asked, actor=by, documents=attached, at=NOW)
    rule: Callable[..., Finding] = close if act == "close" else reopen
    return rule(finding, in_round, asked, actor=by, at=NOW)


OPEN = raised()
CLOSED = said("close", OPEN, by=VERIFIER)
LONG = replace(OPEN, thread=said("reply", OPEN, by=DEVELOPER).thread * MESSAGES_MAX)
LONG_CLOSED = said("close", LONG, by=VERIFIER)


def on(**place: Any) -> FindingPlace:
    return FindingPlace(**({"document_id": REPORT.id} | place))


@pytest.mark.parametrize(
    ("changed", "refusal", "pointers"),
    [
        ({"place": on(page=900), "pages": 12}, "Invalid", ["/about/page"]),
        ({"place": on(page=0)}, "Invalid", ["/about/page"]),
        ({"place": on(document_id=None, page=1, row=2)}, "Invalid", ["/about/page", "/about/row"]),
        ({"place": FindingPlace(field="number")}, "Invalid", ["/about/field"]),
        ({"place": on(page=900, field="x"), "pages": 12, "text": " "}, "Invalid",
         ["/text", "/about/page", "/about/field"]),
        ({"place": on(), "about": None}, "NotFound", []),
        ({"place": on(), "about": replace(REPORT, project_id=named("another"))}, "NotFound", []),
        ({"place": on(), "about": replace(REPORT, status=DocumentStatus.AWAITING_UPLOAD)}, "UploadIncomplete", []),
        ({"before": (OPEN,) * FINDINGS_MAX}, "TooManyFindings", []),
        ({"by": OTHER_VERIFIER}, "NotFound", []),
        ({"by": DEVELOPER}, "Forbidden", []),
        ({"by": ADMINISTRATOR}, "Forbidden", []),
        ({"in_round": DECIDED}, "AlreadyDecided", []),
        ({"in_round": replace(PENDING, verifier_id=VERIFIER.id)}, "NotInReview", []),
    ],
)  # fmt: skip
def test_what_cannot_be_raised_is_refused(
    changed: dict[str, Any], refusal: str, pointers: list[str]
) -> None:
    with pytest.raises(Refusal) as refused:
        raised(**changed)

    assert (type(refused.value).__name__, [f.pointer for f in refused.value.faults]) == (
        refusal,
        pointers,
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"place": on(page=12), "pages": 12},
        # Nobody could count its pages.
        {"place": on(page=900, row=3)},
        {"place": FindingPlace(field="emissionsTarget"), "about": None},
    ],
)
def test_what_is_there_can_be_pointed_to(changed: dict[str, Any]) -> None:
    assert raised(**changed, before=(OPEN,)).number == 2


@pytest.mark.parametrize(
    ("act", "changed", "refusal"),
    [
        ("reply", {"finding": CLOSED, "by": DEVELOPER}, "FindingClosed"),
        ("reply", {"by": OTHER_DEVELOPER}, "NotFound"),
        ("reply", {"by": OTHER_VERIFIER}, "NotFound"),
        ("reply", {"by": ADMINISTRATOR}, "Forbidden"),
        ("reply", {"by": BUYER}, "Forbidden"),
        ("reply", {"by": DEVELOPER, "text": "\n"}, "Invalid"),
        ("reply", {"by": DEVELOPER, "in_round": DECIDED}, "AlreadyDecided"),
        ("reply", {"by": DEVELOPER, "attached": (REPORT, None)}, "NotFound"),
        ("reply", {"finding": LONG, "by": DEVELOPER}, "TooManyFindings"),
        ("reopen", {"finding": LONG_CLOSED, "by": VERIFIER}, "TooManyFindings"),
        ("close", {"by": OTHER_VERIFIER}, "NotFound"),
        ("close", {"by": DEVELOPER}, "Forbidden"),
        ("close", {"by": VERIFIER, "text": ""}, "Invalid"),
        ("close", {"by": VERIFIER, "finding": CLOSED}, "FindingClosed"),
        ("close", {"by": VERIFIER, "in_round": DECIDED}, "AlreadyDecided"),
        ("reopen", {"by": VERIFIER}, "FindingNotClosed"),
        ("reopen", {"by": VERIFIER, "finding": CLOSED, "in_round": DECIDED}, "AlreadyDecided"),
        ("reopen", {"by": DEVELOPER, "finding": CLOSED}, "Forbidden"),
    ],
)
def test_who_may_not_say_it_is_told_why(act: str, changed: dict[str, Any], refusal: str) -> None:
    with pytest.raises(Refusal) as refused:
        said(act, **({"finding": OPEN} | changed))

    assert type(refused.value).__name__ == refusal


def test_whoever_acts_for_the_supplier_answers_and_a_verifier_who_took_over_closes() -> None:
    colleague = replace(OTHER_DEVELOPER, holding_id=ROUND.developer_id)
    taken_over = replace(ROUND, verifier_id=OTHER_VERIFIER.id)

    answered = said("reply", OPEN, by=colleague, attached=(REPORT, REPORT))
    closed = said("close", answered, by=OTHER_VERIFIER, in_round=taken_over)

    assert answered.thread[0].attachments == (REPORT.id,)
    assert (answered.state, closed.state) == (FindingState.ANSWERED, FindingState.CLOSED)


WHAT_IS_SAID = st.lists(
    st.sampled_from(
        [("reply", DEVELOPER), ("reply", VERIFIER), ("close", VERIFIER), ("reopen", VERIFIER)]
    ),
    max_size=12,
)


def attempted(act: str, finding: Finding, by: Account) -> Finding:
    """As it is afterwards, whether or not that could be said."""
    try:
        return said(act, finding, by=by)
    except Refusal:
        return finding


@given(kind=st.sampled_from(KINDS), said_in_turn=WHAT_IS_SAID)
def test_a_thread_of_any_length_is_in_the_state_that_its_last_message_left(
    kind: FindingKind, said_in_turn: list[tuple[str, Account]]
) -> None:
    finding, state, length = raised(kind=kind), "open", 0
    for act, by in said_in_turn:
        may_be_said = (state == "closed") is (act == "reopen")
        if may_be_said:
            answered = "answered" if by is DEVELOPER else "open"
            state = {"close": "closed", "reopen": "open"}.get(act, answered)
        length += may_be_said
        before, finding = finding, attempted(act, finding, by)
        assert (finding.state, len(finding.thread)) == (state, length)
        assert finding.thread[: len(before.thread)] == before.thread

    assert [one.number for one in finding.thread] == [*range(1, length + 1)]
    holds_up = kind is not FindingKind.FORWARD_ACTION
    assert finding.blocks_approval is (holds_up and state != "closed")
    assert finding.awaits_answer is (holds_up and state == "open")


def test_an_approval_names_what_is_not_closed_and_passes_over_forward_actions() -> None:
    forward = replace(OPEN, kind=FindingKind.FORWARD_ACTION)
    answered = said("reply", replace(OPEN, number=3), by=DEVELOPER)

    with pytest.raises(OpenFindings, match="Findings 1, 3 and 5 are not closed"):
        require_settled([replace(OPEN, number=5), CLOSED, answered, OPEN, forward])
    with pytest.raises(OpenFindings, match="Finding 3 is not closed"):
        require_settled([answered])
    require_settled([CLOSED, forward])


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.booleans()), max_size=8))
def test_a_round_begins_with_the_open_forward_actions_and_nothing_else(
    left: list[tuple[FindingKind, bool]],
) -> None:
    earlier: list[Finding] = []
    for kind, is_closed in left:
        one = raised(kind=kind, before=tuple(earlier))
        earlier.append(said("close", one, by=VERIFIER) if is_closed else one)
    into = replace(PENDING, id=named("next round"), number=2)

    carried = carry_forward(earlier, into, at=NOW)

    wanted = [
        one.id for one, (kind, is_closed) in zip(earlier, left, strict=True)
        if kind is FindingKind.FORWARD_ACTION and not is_closed
    ]  # fmt: skip
    assert [one.carried_from for one in carried] == wanted
    assert [one.number for one in carried] == [*range(1, len(wanted) + 1)]
    assert {one.state for one in carried} <= {FindingState.OPEN}
    assert carry_forward(earlier, into, at=NOW) == carried
    assert not {one.id for one in carried} & {one.id for one in earlier}
