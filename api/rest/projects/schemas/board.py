"""What waits for staff, as JSON."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.projects.reads.desks.board import COUNTED_MAX, BoardRoundView
from api.commands.board import Overview
from api.http.schema import Moment, ResponseSchema
from api.rest.projects.examples.board import OVERVIEW
from domain.projects.board import RoundStage


class StageCountResponse(ResponseSchema):
    """How many rounds stand in a stage; they are counted up to a bound, so that it costs the same always."""

    stage: RoundStage
    rounds: int = Field(description=f"At most {COUNTED_MAX:,}.")
    more_rounds: bool = Field(description="Whether there are more than that.")
    overdue: int = Field(description="Of those the ones whose deadline has passed.")
    more_overdue: bool


class WaitingRoundResponse(ResponseSchema):
    """A round of a project that waits: for staff, or for the verifier that is named."""

    verification_id: UUID
    project_id: UUID
    project_title: str
    round: int
    stage: RoundStage
    since: Moment
    due_at: Moment | None
    overdue: bool
    verifier_id: UUID | None


class WaitingRecordsResponse(ResponseSchema):
    """Records that six blocks do not stand on yet."""

    queued: int
    submitted: int
    parked: int = Field(description="They wait for a person.")
    oldest_queued_at: Moment | None


class WalletBalanceResponse(ResponseSchema):
    """A wallet of this network; `lovelace` is null before it has looked at its outputs."""

    name: str
    frozen: bool
    lovelace: int | None


class FilesWithIssuesResponse(ResponseSchema):
    """Files of data that came in within 30 days."""

    refused: int
    partly_accepted: int


class WaitingProposalsResponse(ResponseSchema):
    """What an administrator asked for and another must countersign."""

    to_answer: int = Field(description="By whoever asks.")
    mine_waiting: int


class OverviewResponse(ResponseSchema):
    """What waits where, at this moment."""

    model_config = ConfigDict(json_schema_extra={"examples": [OVERVIEW]})

    stages: list[StageCountResponse]
    waiting: list[WaitingRoundResponse] = Field(
        description="The first 50, those whose deadline comes first before all else."
    )
    chain: WaitingRecordsResponse
    wallets: list[WalletBalanceResponse]
    open_alerts: int
    files: FilesWithIssuesResponse
    proposals: WaitingProposalsResponse
    frozen: bool


def overview_response(
    overview: Overview, waiting: Sequence[BoardRoundView], *, at: datetime
) -> OverviewResponse:
    return OverviewResponse(
        stages=[
            StageCountResponse(
                stage=one.stage,
                rounds=min(one.rounds, COUNTED_MAX),
                more_rounds=one.more,
                overdue=min(one.overdue, COUNTED_MAX),
                more_overdue=one.more_overdue,
            )
            for one in overview.stages
        ],
        waiting=[_waiting(one, at) for one in waiting],
        chain=WaitingRecordsResponse(
            queued=overview.chain.queued,
            submitted=overview.chain.submitted,
            parked=overview.chain.parked,
            oldest_queued_at=overview.chain.since,
        ),
        wallets=[
            WalletBalanceResponse(name=one.name, frozen=one.is_frozen, lovelace=one.lovelace)
            for one in overview.wallets
        ],
        open_alerts=len(overview.alerts),
        files=FilesWithIssuesResponse(
            refused=overview.files.refused, partly_accepted=overview.files.partly_accepted
        ),
        proposals=WaitingProposalsResponse(
            to_answer=overview.proposals.to_answer, mine_waiting=overview.proposals.mine_waiting
        ),
        frozen=overview.registry.frozen,
    )


def _waiting(one: BoardRoundView, at: datetime) -> WaitingRoundResponse:
    return WaitingRoundResponse(
        verification_id=one.verification.id,
        project_id=one.verification.project_id,
        project_title=one.project_title,
        round=one.verification.number,
        stage=one.standing.stage,
        since=one.standing.since,
        due_at=one.standing.due_at,
        overdue=one.standing.is_overdue(at=at),
        verifier_id=one.verification.verifier_id,
    )
