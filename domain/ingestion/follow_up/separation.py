"""One line of a group of issues is made a group of its own, which people decide on apart (ADR 0119)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.accounts.roles import Account
from domain.errors import Conflict, Fault, Invalid
from domain.ingestion.follow_up.groups import (
    SETTLED,
    IssueAct,
    IssueGroup,
    IssueGroupState,
    require_may,
)
from domain.ingestion.issues import Issue


def separated(
    group: IssueGroup,
    line: int | None,
    found: Sequence[Issue],
    *,
    first_left: Issue | None,
    number: int,
    actor: Account,
    submitted_by: UUID,
    at: datetime,
) -> tuple[IssueGroup, IssueGroup]:
    """
    A group without the issues of one line, and these as a group of their own, which people decide on apart.

    `found` are the group's issues on that line, `first_left` is the first of the others. The new one is open, whatever
    was begun about the group.

    Raises:
        Forbidden: it is not for this account to do.
        Conflict: the group is settled, a waiver of it waits, or it is of one line only.
        Invalid: no line is named, or the group has no issue of its own there.
    """
    require_may(group, IssueAct.SEPARATE, actor, submitted_by)
    if group.state in SETTLED:
        raise Conflict(
            f"This is settled ({group.state.replace('_', ' ')}): nothing waits any more."
        )
    if group.state is IssueGroupState.WAIVER_PROPOSED:
        raise Conflict("A waiver of all these lines waits for an answer: that comes first.")
    count = sum(one.count for one in found)
    if line is None or not found:
        raise Invalid(
            "No line can be decided on apart.",
            Fault(
                "/line",
                "Name a line that is told by itself; what stands for many lines is decided on as one.",
            ),
        )
    if count >= group.count or first_left is None:
        raise Conflict("It is of one line only: decide on it as it is.")
    first = found[0]
    alone = replace(
        group,
        number=number,
        advice=first.advice,
        count=count,
        line=line,
        value=first.value,
        state=IssueGroupState.OPEN,
        changed_at=at,
        assigned_to=None,
        waived_by=None,
        separated_from=group.number,
    )
    rest = replace(
        group,
        count=group.count - count,
        line=first_left.line,
        value=first_left.value,
        advice=first_left.advice,
        changed_at=at,
    )
    return rest, alone
