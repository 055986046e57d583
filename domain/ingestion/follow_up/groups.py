"""
A group of issues: one rule that one column of one file breaks, and what people do about it (ADR 0103).

Whoever sent the file in mends it and sends it again; staff assign a group to one of them, ask back, or waive
it with a reason. Waiving lets rows stay out for good: the file's other rows no longer wait for them. A rule
that keeps rows out is hard: a second administrator confirms the waiver. Nobody waives what is wrong with a
file of their own.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Role
from domain.errors import Conflict, Fault, Forbidden, Invalid
from domain.ingestion.issues import IssueRule, Severity

TEXT_CHARACTERS_MAX = 2000


class IssueGroupState(StrEnum):
    """
    `ASKED` waits for whoever sent the file in, `WAIVER_PROPOSED` for a second administrator.

    `RESUBMITTED`: another file came in its place. `LAPSED`: nobody did anything until it was given up.
    """

    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    WAIVER_PROPOSED = "waiver_proposed"
    WAIVED = "waived"
    RESUBMITTED = "resubmitted"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


SETTLED = frozenset(
    {
        IssueGroupState.WAIVED,
        IssueGroupState.RESUBMITTED,
        IssueGroupState.LAPSED,
        IssueGroupState.WITHDRAWN,
    }
)
UNSETTLED = frozenset(IssueGroupState) - SETTLED


class IssueAct(StrEnum):
    ASSIGN = "assign"
    ASK = "ask"
    ANSWER = "answer"
    WAIVE = "waive"
    CONFIRM_WAIVER = "confirm_waiver"
    REFUSE_WAIVER = "refuse_waiver"
    SEPARATE = "separate"


class WhoMustAct(StrEnum):
    """Whom a group waits for."""

    SUBMITTER = "submitter"
    ASSIGNEE = "assignee"
    STAFF = "staff"
    SECOND_ADMINISTRATOR = "second administrator"
    NOBODY = "nobody"


@dataclass(frozen=True)
class IssueGroup:
    """
    `number` counts from 1 within the file. `line`, `value` and `advice` are those of the first issue;
    `count` lines have it. `waived_by` proposed the waiver, or gave it alone where one is enough.
    `separated_from`: the group that this one line was decided on apart from.
    """

    ingestion_id: UUID
    number: int
    rule: IssueRule
    severity: Severity
    advice: str
    count: int
    opened_at: datetime
    changed_at: datetime
    state: IssueGroupState = IssueGroupState.OPEN
    sheet: str | None = None
    column: str | None = None
    line: int | None = None
    value: str | None = None
    assigned_to: UUID | None = None
    waived_by: UUID | None = None
    separated_from: int | None = None

    @property
    def is_hard(self) -> bool:
        """Whether its rows are kept out, so that one person alone does not waive it."""
        return self.severity is Severity.ERROR

    @property
    def waits_for(self) -> WhoMustAct:
        if self.state in SETTLED:
            return WhoMustAct.NOBODY
        if self.state is IssueGroupState.WAIVER_PROPOSED:
            return WhoMustAct.SECOND_ADMINISTRATOR
        if self.state is IssueGroupState.ASKED:
            return WhoMustAct.SUBMITTER
        if self.assigned_to is not None:
            return WhoMustAct.ASSIGNEE
        if self.state is IssueGroupState.ANSWERED:
            return WhoMustAct.STAFF
        return WhoMustAct.SUBMITTER


@dataclass(frozen=True)
class IssueMessage:
    """One thing that somebody did about a group, and what they wrote; empty where nothing was."""

    id: UUID
    ingestion_id: UUID
    number: int
    author_id: UUID
    act: IssueAct
    text: str
    written_at: datetime


def act_on(
    group: IssueGroup,
    act: IssueAct,
    text: str,
    *,
    actor: Account,
    submitted_by: UUID,
    at: datetime,
    assignee: Account | None = None,
) -> IssueGroup:
    """
    The group after what somebody did.

    Raises:
        Forbidden: it is not for this account to do.
        Conflict: the group is settled, or does not wait for this.
        Invalid: what must be written is missing or too long, or the assignee is no administrator.
    """
    require_may(group, act, actor, submitted_by)
    if group.state in SETTLED:
        raise Conflict(
            f"This is settled ({group.state.replace('_', ' ')}): nothing waits any more."
        )
    _require_text(act, text)
    changed = replace(group, changed_at=at)
    match act:
        case IssueAct.ASSIGN:
            return replace(changed, assigned_to=_responsible(assignee))
        case IssueAct.ASK:
            return replace(changed, state=IssueGroupState.ASKED, waived_by=None)
        case IssueAct.ANSWER:
            return replace(changed, state=IssueGroupState.ANSWERED)
        case IssueAct.WAIVE:
            if group.state is IssueGroupState.WAIVER_PROPOSED:
                raise Conflict("A waiver waits for a second administrator already.")
            state = IssueGroupState.WAIVER_PROPOSED if group.is_hard else IssueGroupState.WAIVED
            return replace(changed, state=state, waived_by=actor.id)
        case IssueAct.CONFIRM_WAIVER:
            _require_second(group, actor)
            return replace(changed, state=IssueGroupState.WAIVED)
        case IssueAct.REFUSE_WAIVER:
            _require_second(group, actor)
            return replace(changed, state=IssueGroupState.OPEN, waived_by=None)
        case IssueAct.SEPARATE:
            raise ValueError(
                "one line of a group is made a group of its own by separation.separated"
            )


def require_may(group: IssueGroup, act: IssueAct, actor: Account, submitted_by: UUID) -> None:
    """
    Raises:
        Forbidden: it is not for this account to do.
        Conflict: it is an answer to what nobody asks.
    """
    if act is IssueAct.ANSWER:
        if actor.id != submitted_by:
            raise Forbidden("Whoever sent the file in answers.")
        if group.state not in {IssueGroupState.ASKED, IssueGroupState.OPEN, *SETTLED}:
            raise Conflict("Nobody asks about this at the moment.")
        return
    if actor.role is not Role.ADMINISTRATOR:
        raise Forbidden("This is for staff.")
    if actor.id == submitted_by and act not in {IssueAct.ASSIGN, IssueAct.SEPARATE}:
        raise Forbidden(
            "You sent this file in: another administrator decides what is wrong with it."
        )


def _require_second(group: IssueGroup, actor: Account) -> None:
    if group.state is not IssueGroupState.WAIVER_PROPOSED:
        raise Conflict("No waiver waits here.")
    if actor.id == group.waived_by:
        raise Forbidden("You proposed this waiver: another administrator answers.")


def _require_text(act: IssueAct, text: str) -> None:
    is_needed = act not in {IssueAct.ASSIGN, IssueAct.CONFIRM_WAIVER, IssueAct.SEPARATE}
    if is_needed and not text.strip():
        what = "Say why." if act in {IssueAct.WAIVE, IssueAct.REFUSE_WAIVER} else "Write something."
        raise Invalid("The text is missing.", Fault("/text", what))
    if len(text) > TEXT_CHARACTERS_MAX:
        raise Invalid(
            "The text is too long.", Fault("/text", f"At most {TEXT_CHARACTERS_MAX:,} characters.")
        )


def _responsible(assignee: Account | None) -> UUID:
    if assignee is None or assignee.role is not Role.ADMINISTRATOR:
        raise Invalid(
            "This cannot be assigned so.",
            Fault("/assigneeId", "Name an administrator: others do not see the file."),
        )
    return assignee.id
