"""Retirements as lines of lists, read: what pages show of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.chain_states import least_far
from adapters.postgres.credits.reads.retirements import (
    BENEFICIARY_TEXT,
    RETIREMENTS_BY,
    RetirementFilter,
    retirement_conditions,
)
from adapters.postgres.public_rows import public_credit_entries, public_credit_transactions
from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.search import best_first, words_of
from adapters.postgres.tables import chain_records, projects, retirements
from domain.chain.records import RecordStatus


@dataclass(frozen=True)
class RetirementSummaryView:
    """
    A retirement as a line of a list; `serial` is that of its first line, of `entries` together.

    `project_titles` are of all projects whose credits it retired, in the order of their units.

    `beneficiary_name` None means undisclosed. `chain_status` is that of the record which has come
    least far; None means not yet queued.
    """

    id: UUID
    serial: str
    entries: int
    quantity_units: int
    project_titles: Sequence[str]
    beneficiary_name: str | None
    purpose: str
    retired_at: datetime
    chain_status: RecordStatus | None


@dataclass(frozen=True)
class RetiredSumView:
    retirements: int
    quantity_units: int


# The entry of a retirement whose units come first; most have no other.
_FIRST_LINE = (
    select(public_credit_transactions.c.result_entry_id)
    .where(public_credit_transactions.c.retirement_id == retirements.c.id)
    .order_by(public_credit_transactions.c.units)
    .limit(1)
    .correlate(retirements)
    .lateral("first_line")
)
_RECORD_STATUSES = (
    select(chain_records.c.status)
    .join(
        public_credit_transactions,
        public_credit_transactions.c.id == chain_records.c.transaction_id,
    )
    .where(public_credit_transactions.c.retirement_id == retirements.c.id)
    .correlate(retirements)
    .scalar_subquery()
)
# An entry's project by its first unit; a project that was met before is dropped in `_summary`.
_line, _line_entry, _line_project = (
    public_credit_transactions.alias("title_line"),
    public_credit_entries.alias("title_entry"),
    projects.alias("title_project"),
)
_TITLES = (
    select(_line_project.c.title)
    .select_from(_line)
    .join(_line_entry, _line_entry.c.id == _line.c.result_entry_id)
    .join(_line_project, _line_project.c.id == _line_entry.c.project_id)
    .where(_line.c.retirement_id == retirements.c.id)
    .order_by(_line.c.units)
    .correlate(retirements)
    .scalar_subquery()
)
_SUMMARY = (
    select(
        retirements.c.id,
        public_credit_entries.c.serial,
        retirements.c.quantity_units,
        func.array(_TITLES).label("titles"),
        retirements.c.beneficiary_name,
        retirements.c.purpose,
        retirements.c.retired_at,
        func.array(_RECORD_STATUSES).label("record_statuses"),
    )
    .select_from(retirements)
    .join(_FIRST_LINE, true())
    .join(public_credit_entries, public_credit_entries.c.id == _FIRST_LINE.c.result_entry_id)
)


async def retirement_summaries_page(
    connection: AsyncConnection, chosen: RetirementFilter, page: PageRequest
) -> Sequence[RetirementSummaryView]:
    """
    Retirements as lines of a list, in one statement.

    Seen by: everybody; all of it is public.
    """
    query = _SUMMARY.where(*await retirement_conditions(connection, chosen))
    return [_summary(row) for row in await read_page(connection, query, page, RETIREMENTS_BY)]


async def retired_sum(connection: AsyncConnection, chosen: RetirementFilter) -> RetiredSumView:
    """
    How many retirements fit and how much they retired together, of all projects and vintages.

    Seen by: everybody; all of it is public.
    """
    query = select(
        func.count().label("retirements"),
        func.coalesce(func.sum(retirements.c.quantity_units), 0).label("quantity_units"),
    ).where(*await retirement_conditions(connection, chosen))
    row = (await connection.execute(query.select_from(retirements))).mappings().one()
    return RetiredSumView(row["retirements"], int(row["quantity_units"]))


async def retirements_found(
    connection: AsyncConnection, beneficiary_words: str, *, limit: int
) -> Sequence[RetirementSummaryView]:
    """
    Retirements whose beneficiary's name or identifier has all of these words, the best first, then the newest.

    Seen by: everybody; all of it is public.
    """
    words = await words_of(connection, beneficiary_words) or ()
    found, tiers = [BENEFICIARY_TEXT.contains_all(words)], BENEFICIARY_TEXT.tiers(words)
    rows = await best_first(connection, _SUMMARY, found, tiers, RETIREMENTS_BY, limit=limit)
    return [_summary(row) for row in rows]


def _summary(row: RowMapping) -> RetirementSummaryView:
    statuses = [RecordStatus(status) for status in row["record_statuses"]]
    shown = {
        name: value for name, value in row.items() if name not in ("record_statuses", "titles")
    }
    return RetirementSummaryView(
        **shown,
        entries=len(row["titles"]),
        project_titles=tuple(dict.fromkeys(row["titles"])),
        chain_status=least_far(statuses) if statuses else None,
    )
