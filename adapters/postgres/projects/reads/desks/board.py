"""
The board of staff: all rounds by stage, those first whose deadline comes first (ADR 0093).

Each stage is one partial index, so that a page costs the same however many rounds there are: of each
stage no more are looked at than the page has room for, and they are counted up to a bound.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    Subquery,
    false,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.documents import IS_EVIDENCE
from adapters.postgres.projects.verification import verification_from
from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    documents,
    likely_duplicates,
    organisation_members,
    organisations,
    projects,
    users,
    verification_events,
    verification_requests,
)
from domain.projects.board import OPEN_STAGES, RoundStage, RoundStanding, StageDeadlines
from domain.projects.documents import Document
from domain.projects.verification import TimelineEvent, Verification

COUNTED_MAX = 1_000
"""Of each stage; of more it is said that there are more."""

_ROUND = verification_requests.c
# Written out and not bound: PostgreSQL must see that a partial index of the table holds them.
_IN_STAGE: Mapping[RoundStage, ColumnElement[bool]] = {
    RoundStage.ASSIGNMENT: literal_column("verification_requests.status = 'pending'", Boolean()),
    RoundStage.REVIEW: literal_column("verification_requests.status = 'in_review'", Boolean()),
    RoundStage.COUNTERSIGNATURE: literal_column(
        "(verification_requests.status = 'approved' AND verification_requests.needs_countersignature"
        " AND verification_requests.countersigned_by IS NULL)",
        Boolean(),
    ),
    RoundStage.DECIDED: literal_column(
        "(verification_requests.status = 'rejected' OR verification_requests.status = 'approved'"
        " AND (NOT verification_requests.needs_countersignature"
        " OR verification_requests.countersigned_by IS NOT NULL))",
        Boolean(),
    ),
}
_SINCE: Mapping[RoundStage, ColumnElement[datetime]] = {
    RoundStage.ASSIGNMENT: _ROUND.submitted_at,
    RoundStage.REVIEW: _ROUND.assigned_at,
    RoundStage.COUNTERSIGNATURE: _ROUND.completed_at,
    RoundStage.DECIDED: _ROUND.completed_at,
}


@dataclass(frozen=True)
class BoardFilter:
    """
    None leaves a field open; without a `stage` it is all but what is decided.

    `overdue_at` is a moment: only rounds whose deadline was before it.
    """

    stage: RoundStage | None = None
    verifier_id: UUID | None = None
    project_ids: Sequence[UUID] | None = None
    overdue_at: datetime | None = None


@dataclass(frozen=True)
class BoardRoundView:
    """
    A round where it stands. `supplier` is the legal name of the organisation that has the project, with
    its `supplier_id`; None: a person who acts for themselves.

    `verifier` is a person's name, `decider` that of whoever approved it.
    """

    verification: Verification
    standing: RoundStanding
    project_title: str
    project_number: int
    project_type: str
    country: str
    supplier_id: UUID | None
    supplier: str | None
    verifier: str | None
    verifier_body: str | None
    decider: str | None
    has_duplicates: bool


@dataclass(frozen=True)
class StageCountView:
    """How many rounds stand in a stage, and how many of them are overdue; each up to `COUNTED_MAX`."""

    stage: RoundStage
    rounds: int
    overdue: int

    @property
    def more(self) -> bool:
        return self.rounds > COUNTED_MAX

    @property
    def more_overdue(self) -> bool:
        return self.overdue > COUNTED_MAX


_VERIFIER, _DECIDER = users.alias("verifier"), users.alias("decider")
_SUPPLIER, _BODY = organisations.alias("supplier"), organisations.alias("body")
_VERIFIES_FOR = organisation_members.alias("verifies_for")


async def board_page(
    connection: AsyncConnection, chosen: BoardFilter, page: PageRequest, deadlines: StageDeadlines
) -> Sequence[BoardRoundView]:
    """
    Those whose deadline comes first, and so what is overdue before all else; of what is decided the newest.

    Seen by: staff.
    """
    stages = [chosen.stage] if chosen.stage else OPEN_STAGES
    is_newest_first = chosen.stage is RoundStage.DECIDED
    page = PageRequest(page.limit, newest_first=is_newest_first, after=page.after)
    parts = [_part(stage, chosen, page, deadlines).subquery(stage.value) for stage in stages]
    waiting = union_all(*(select(part) for part in parts)).subquery()
    by = (waiting.c.due_at, waiting.c.id)
    down = [column.desc() for column in by]
    # What stands beside a round is looked up for the page alone.
    first = select(waiting).order_by(*(down if is_newest_first else by)).limit(page.limit + 1)
    shown = first.subquery("shown")
    rows = await read_page(connection, _beside(shown), page, (shown.c.due_at, shown.c.id))
    return [_view(row) for row in rows]


async def board_round(
    connection: AsyncConnection, verification_id: UUID, deadlines: StageDeadlines
) -> BoardRoundView | None:
    """Seen by: staff."""
    parts = [
        _standing(stage, deadlines).where(_IN_STAGE[stage], _ROUND.id == verification_id)
        for stage in RoundStage
    ]
    found = union_all(*parts).subquery("shown")
    row = (await connection.execute(_beside(found))).mappings().one_or_none()
    return _view(row) if row else None


async def stage_counts(
    connection: AsyncConnection, deadlines: StageDeadlines, *, at: datetime
) -> Sequence[StageCountView]:
    """
    One statement for all; what is decided is never overdue.

    Seen by: staff.
    """
    counts = union_all(*(_count(stage, at - deadlines.of(stage)) for stage in RoundStage))
    found = {row["stage"]: row for row in (await connection.execute(counts)).mappings()}
    return [
        StageCountView(stage, found[stage]["rounds"], found[stage]["overdue"])
        for stage in RoundStage
    ]


def _count(stage: RoundStage, overdue_before: datetime) -> Select[str, int, int]:
    # In the index's order: no more of it is read than is counted, and what is overdue comes first.
    since = _SINCE[stage].label("since")
    first = select(since).where(_IN_STAGE[stage]).order_by(_SINCE[stage]).limit(COUNTED_MAX + 1)
    counted = first.subquery()
    is_late = counted.c.since < overdue_before if stage is not RoundStage.DECIDED else false()
    return select(
        literal(stage.value).label("stage"),
        func.count().label("rounds"),
        func.count().filter(is_late).label("overdue"),
    ).select_from(counted)


def _standing(stage: RoundStage, deadlines: StageDeadlines) -> Select[Any]:
    since = _SINCE[stage]
    return select(
        *_ROUND,
        literal(stage.value).label("stage"),
        since.label("since"),
        (since + literal(deadlines.of(stage))).label("due_at"),
    )


def _part(
    stage: RoundStage, chosen: BoardFilter, page: PageRequest, deadlines: StageDeadlines
) -> Select[Any]:
    """What of one stage can stand on the page, which is no more than the page has room for."""
    since = _SINCE[stage]
    query = _standing(stage, deadlines).where(_IN_STAGE[stage])
    if chosen.verifier_id is not None:
        query = query.where(_ROUND.verifier_id == chosen.verifier_id)
    if chosen.project_ids is not None:
        query = query.where(_ROUND.project_id.in_(chosen.project_ids))
    if chosen.overdue_at is not None:
        query = query.where(since < chosen.overdue_at - deadlines.of(stage))
    order = tuple_(since, _ROUND.id)
    if page.after is not None and len(page.after) > 1:
        due_at, round_id = page.after
        last = tuple_(
            literal(due_at - deadlines.of(stage), since.type), literal(round_id, _ROUND.id.type)
        )
        query = query.where(order < last if page.newest_first else order > last)
    down = [since.desc(), _ROUND.id.desc()]
    return query.order_by(*(down if page.newest_first else (since, _ROUND.id))).limit(
        page.limit + 1
    )


def _beside(shown: Subquery) -> Select[Any]:
    """
    Rounds with what stands beside them; each is found by its key.

    Names of people are sealed, and so read as columns of their table (ADR 0072).
    """
    duplicates = select(likely_duplicates.c.project_id).where(
        likely_duplicates.c.project_id == shown.c.project_id
    )
    verifies_for = (_VERIFIES_FOR.c.user_id == _VERIFIER.c.id) & _VERIFIES_FOR.c.left_at.is_(None)
    return (
        select(
            *shown.c,
            projects.c.title.label("project_title"),
            projects.c.number.label("project_number"),
            projects.c.type.label("project_type"),
            projects.c.country,
            _SUPPLIER.c.id.label("supplier_id"),
            _SUPPLIER.c.legal_name.label("supplier"),
            _VERIFIER.c.name.label("verifier"),
            _BODY.c.legal_name.label("verifier_body"),
            _DECIDER.c.name.label("decider"),
            duplicates.exists().label("has_duplicates"),
        )
        .join(projects, projects.c.id == shown.c.project_id)
        .outerjoin(_SUPPLIER, _SUPPLIER.c.holding_account_id == projects.c.developer_id)
        .outerjoin(_VERIFIER, _VERIFIER.c.id == shown.c.verifier_id)
        .outerjoin(_VERIFIES_FOR, verifies_for)
        .outerjoin(_BODY, _BODY.c.id == _VERIFIES_FOR.c.organisation_id)
        .outerjoin(_DECIDER, _DECIDER.c.id == shown.c.decided_by)
    )


def _view(row: RowMapping) -> BoardRoundView:
    stage = RoundStage(row["stage"])
    due_at = None if stage is RoundStage.DECIDED else row["due_at"]
    return BoardRoundView(
        verification=verification_from(row),
        standing=RoundStanding(stage, row["since"], due_at),
        project_title=row["project_title"],
        project_number=row["project_number"],
        project_type=row["project_type"],
        country=row["country"],
        supplier_id=row["supplier_id"],
        supplier=row["supplier"],
        verifier=row["verifier"],
        verifier_body=row["verifier_body"],
        decider=row["decider"],
        has_duplicates=row["has_duplicates"],
    )


@dataclass(frozen=True)
class NamedEventView:
    """A step with the name of who took it; None when the registry itself acted."""

    event: TimelineEvent
    actor: str | None


async def round_timeline(
    connection: AsyncConnection, verification_id: UUID, page: PageRequest
) -> Sequence[NamedEventView]:
    """Seen by: staff."""
    query = (
        select(*verification_events.c, users.c.name.label("actor"))
        .outerjoin(users, users.c.id == verification_events.c.user_id)
        .where(verification_events.c.verification_id == verification_id)
    )
    by = (verification_events.c.created_at, verification_events.c.id)
    return [
        NamedEventView(value_of(TimelineEvent, row), row["actor"])
        for row in await read_page(connection, query, page, by)
    ]


async def round_evidence(
    connection: AsyncConnection, verification_id: UUID, page: PageRequest
) -> Sequence[Document]:
    """
    The documents of one round that count: checked, and not superseded.

    Seen by: staff.
    """
    query = select(documents).where(documents.c.verification_id == verification_id, IS_EVIDENCE)
    by = (documents.c.created_at, documents.c.id)
    return [value_of(Document, row) for row in await read_page(connection, query, page, by)]


async def round_evidence_count(connection: AsyncConnection, verification_id: UUID) -> int:
    """Seen by: staff."""
    query = select(func.count()).where(documents.c.verification_id == verification_id, IS_EVIDENCE)
    return int((await connection.execute(query)).scalar_one())
