"""Groups of issues, and what a mended file changed, as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.ingestion.examples.issues import (
    COMPARISON,
    ISSUE_ACT_SENT,
    ISSUE_GROUP,
    ISSUE_GROUPS,
)
from domain.ingestion.follow_up.comparison import Comparison
from domain.ingestion.follow_up.groups import (
    TEXT_CHARACTERS_MAX,
    IssueGroup,
    IssueGroupState,
    WhoMustAct,
)
from domain.ingestion.issues import IssueRule, Severity


class IssueActRequest(RequestSchema):
    """What is said, where something must be; and for `assign` to whom, an administrator."""

    model_config = ConfigDict(json_schema_extra={"examples": [ISSUE_ACT_SENT]})

    text: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=TEXT_CHARACTERS_MAX)
    ] = Field(default="", description="Needed for `ask`, `answer`, `waive` and `refuse-waiver`.")
    assignee_id: UUID | None = Field(default=None, description="Needed for `assign`.")
    line: Annotated[int, Field(strict=True, ge=1, le=10**12)] | None = Field(
        default=None, description="Needed for `separate`: the line that is decided on apart."
    )


class IssueGroupResponse(ResponseSchema):
    """
    Issues of one rule in one column of a file. `line`, `value` and `advice` are those of the first of them.

    `waitsFor` says who must act. A group with errors is waived by two administrators.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [ISSUE_GROUP]})

    number: int
    rule: IssueRule
    severity: Severity
    advice: str
    sheet: str | None
    column: str | None
    line: int | None
    value: str | None
    count: int
    state: IssueGroupState
    waits_for: WhoMustAct
    assigned_to: UUID | None
    opened_at: Moment
    changed_at: Moment
    separated_from: int | None = Field(
        description="The group whose one line it is, decided on apart."
    )


class IssueGroupsResponse(ResponseSchema):
    """All of a file, by their numbers."""

    model_config = ConfigDict(json_schema_extra={"examples": [ISSUE_GROUPS]})

    groups: list[IssueGroupResponse]


class GroupChangeResponse(ResponseSchema):
    """Lines that have a rule's issues in a column, of both files; matched by row, not by line."""

    rule: IssueRule
    severity: Severity
    column: str | None
    fixed: int
    left: int
    new: int


class ComparisonResponse(ResponseSchema):
    """What a file mended of the one that it was sent in the place of."""

    model_config = ConfigDict(json_schema_extra={"examples": [COMPARISON]})

    fixed: int
    left: int
    new: int
    changes: list[GroupChangeResponse]


def issue_group_response(group: IssueGroup) -> IssueGroupResponse:
    return IssueGroupResponse(
        number=group.number,
        rule=group.rule,
        severity=group.severity,
        advice=group.advice,
        sheet=group.sheet,
        column=group.column,
        line=group.line,
        value=group.value,
        count=group.count,
        state=group.state,
        waits_for=group.waits_for,
        assigned_to=group.assigned_to,
        opened_at=group.opened_at,
        changed_at=group.changed_at,
        separated_from=group.separated_from,
    )


def comparison_response(comparison: Comparison) -> ComparisonResponse:
    return ComparisonResponse(
        fixed=comparison.fixed,
        left=comparison.left,
        new=comparison.new,
        changes=[
            GroupChangeResponse(
                rule=one.rule,
                severity=one.severity,
                column=one.column,
                fixed=one.fixed,
                left=one.left,
                new=one.new,
            )
            for one in comparison.changes
        ],
    )
