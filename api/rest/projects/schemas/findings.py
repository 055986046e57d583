"""Findings and their threads as JSON, and what changed in a round since somebody looked."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from activities.projects.findings import FindingPayload
from adapters.postgres.projects.reads.findings import (
    FindingCounts,
    FindingView,
    PublicFindingCounts,
)
from adapters.postgres.projects.reads.round_changes import CHANGES_MAX, RoundChange, RoundChanges
from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.projects.examples.findings import (
    CHANGES,
    CLOSING_SENT,
    FINDING,
    FINDING_SENT,
    LOOK_SENT,
    REOPENING_SENT,
    REPLY_SENT,
)
from domain.accounts.roles import Role
from domain.projects.findings import (
    FIELDS,
    FindingAct,
    FindingKind,
    FindingMessage,
    FindingPlace,
    FindingSide,
    FindingState,
)

FINDING_LENGTH_MAX = 5000
ATTACHMENTS_MAX = 20
PLACE_MAX = 10_000_000
SEQ_MAX = 2**63 - 1

Words = Annotated[str, Text(FINDING_LENGTH_MAX, lines=True)]
Place = Annotated[int, Field(strict=True, ge=1, le=PLACE_MAX)]


class FindingPlaceRequest(RequestSchema):
    """What a finding is about; a page or row is of the document that is named beside it."""

    document_id: UUID | None = None
    page: Place | None = Field(default=None, description="From 1.")
    field: Annotated[str, Text(50)] | None = Field(
        default=None, description=f"Of the project: {', '.join(sorted(FIELDS))}."
    )
    row: Place | None = Field(default=None, description="From 1.")


class FindingRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [FINDING_SENT]})

    kind: FindingKind = Field(
        description="Corrective actions and clarifications are closed before an approval; a forward action"
        " is carried into the next round."
    )
    text: Words
    about: FindingPlaceRequest | None = Field(
        default=None, description="Left out: the round as a whole."
    )

    def payload(self) -> FindingPayload:
        about = self.about or FindingPlaceRequest()
        return FindingPayload(
            kind=self.kind,
            text=self.text,
            document_id=about.document_id,
            page=about.page,
            field=about.field,
            row=about.row,
        )


class FindingReplyRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [REPLY_SENT]})

    text: Words
    attachments: Annotated[list[UUID], Field(max_length=ATTACHMENTS_MAX)] = Field(
        default=[], description="Completed documents of the same project."
    )


class FindingClosingRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [CLOSING_SENT]})

    note: Words


class FindingReopeningRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [REOPENING_SENT]})

    text: Words


class RoundLookRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [LOOK_SENT]})

    up_to: Annotated[int, Field(strict=True, ge=0, le=SEQ_MAX)] | None = Field(
        default=None,
        description="`upTo` of the changes that were shown; left out: all there is now.",
    )


class FindingPlaceResponse(ResponseSchema):
    document_id: UUID | None
    page: int | None
    field: str | None
    row: int | None


class FindingMessageResponse(ResponseSchema):
    """One of a thread; `act` is what it did to the finding."""

    id: UUID
    number: int
    act: FindingAct
    side: FindingSide
    user_id: UUID
    text: str
    attachments: list[UUID]
    written_at: Moment


class FindingResponse(ResponseSchema):
    """A finding with its thread, as those see it who work on the project."""

    model_config = ConfigDict(json_schema_extra={"examples": [FINDING]})

    id: UUID
    verification_id: UUID
    project_id: UUID
    round: int
    number: int = Field(description="Counts the findings of the round.")
    kind: FindingKind
    state: FindingState
    text: str
    about: FindingPlaceResponse | None = Field(description="Null: the round as a whole.")
    raised_by: UUID
    raised_at: Moment
    carried_from: UUID | None = Field(
        description="The forward action of an earlier round that this one takes up."
    )
    carried_into: UUID | None = Field(description="The finding of a later round that took this up.")
    messages: list[FindingMessageResponse]
    updated_at: Moment


class FindingCountsResponse(ResponseSchema):
    """`blocking`: corrective actions and clarifications that are not closed; an approval waits for them."""

    open: int
    answered: int
    closed: int
    blocking: int


class RoundFindingsResponse(ResponseSchema):
    """How many findings of a kind a round has; what they say is for those who work on the project."""

    kind: FindingKind
    raised: int
    closed: int


class FieldChangeResponse(ResponseSchema):
    field: str
    before: Any
    after: Any


class RoundChangeResponse(ResponseSchema):
    """`eventType` as in the audit log; `actorRole` null: the registry itself."""

    seq: int
    event_type: str
    resource_type: str = Field(description="`project`, `verification`, `document` or `finding`.")
    resource_id: UUID
    actor_role: Role | None
    at: Moment
    fields: list[FieldChangeResponse]


class RoundChangesResponse(ResponseSchema):
    """What others did in a round since the account that asks last looked, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGES]})

    looked_at: Moment | None = Field(description="Null: never; all of the round is new then.")
    up_to: int = Field(description="What is marked as seen once this answer was looked at.")
    changes: list[RoundChangeResponse]
    more: bool = Field(
        description=f"There are more than these {CHANGES_MAX}; mark these and ask again."
    )


def finding_response(view: FindingView) -> FindingResponse:
    finding = view.finding
    return FindingResponse(
        id=finding.id,
        verification_id=finding.verification_id,
        project_id=view.project_id,
        round=view.round,
        number=finding.number,
        kind=finding.kind,
        state=finding.state,
        text=finding.text,
        about=_place_response(finding.about),
        raised_by=finding.raised_by,
        raised_at=finding.raised_at,
        carried_from=finding.carried_from,
        carried_into=view.carried_into,
        messages=[_message_response(one) for one in finding.thread],
        updated_at=finding.changed_at,
    )


def finding_counts_response(counts: FindingCounts) -> FindingCountsResponse:
    return FindingCountsResponse(
        open=counts.open, answered=counts.answered, closed=counts.closed, blocking=counts.blocking
    )


def round_findings_response(counts: PublicFindingCounts) -> RoundFindingsResponse:
    return RoundFindingsResponse(kind=counts.kind, raised=counts.raised, closed=counts.closed)


def round_changes_response(found: RoundChanges) -> RoundChangesResponse:
    return RoundChangesResponse(
        looked_at=found.looked_at,
        up_to=found.up_to,
        changes=[_change_response(one) for one in found.changes],
        more=found.more,
    )


def _place_response(about: FindingPlace) -> FindingPlaceResponse | None:
    if about == FindingPlace():
        return None
    return FindingPlaceResponse(
        document_id=about.document_id, page=about.page, field=about.field, row=about.row
    )


def _message_response(message: FindingMessage) -> FindingMessageResponse:
    return FindingMessageResponse(
        id=message.id,
        number=message.number,
        act=message.act,
        side=message.side,
        user_id=message.written_by,
        text=message.text,
        attachments=list(message.attachments),
        written_at=message.written_at,
    )


def _change_response(change: RoundChange) -> RoundChangeResponse:
    return RoundChangeResponse(
        seq=change.seq,
        event_type=change.event_type,
        resource_type=change.resource_type,
        resource_id=change.resource_id,
        actor_role=None if change.actor_role is None else Role(change.actor_role),
        at=change.at,
        fields=[
            FieldChangeResponse(field=one.field, before=one.before, after=one.after)
            for one in change.fields
        ],
    )
