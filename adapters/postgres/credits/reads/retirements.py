"""Retirements with all their lines, read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, any_, bindparam, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.chain_states import (
    CHAIN_COLUMNS,
    QUEUED_BEFORE,
    ChainStateView,
    chain_state,
    least_far_state,
)
from adapters.postgres.credits.reads.corrections import (
    CORRECTIONS,
    CorrectionView,
    corrections_from,
)
from adapters.postgres.credits.reads.touches import TouchView, touches
from adapters.postgres.public_rows import public_credit_entries, public_credit_transactions
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import units_from, value_of
from adapters.postgres.search import Searched, words_of
from adapters.postgres.tables import (
    certificates,
    chain_records,
    chain_transactions,
    projects,
    retirements,
)
from adapters.postgres.visibility import is_party
from domain.accounts.roles import Account
from domain.credits.retirement import Beneficiary, Retirement
from domain.quantities import UnitRange


@dataclass(frozen=True)
class RetirementFilter:
    """
    None leaves a field open. One and the same line is of `project_id`, `vintage` and `country`, where
    the project is (ISO 3166-1 alpha-3).

    `beneficiary_words`, as somebody typed them, are all in the beneficiary's name or identifier
    (adapters/postgres/search.py). `beneficiary_name` is the whole name, letter by letter.
    """

    project_id: UUID | None = None
    vintage: int | None = None
    beneficiary_words: str | None = None
    country: str | None = None
    beneficiary_name: str | None = None


@dataclass(frozen=True)
class RetiredLineView:
    """One entry that was retired, with the record of its own."""

    serial: str
    project_id: UUID
    project_title: str
    project_country: str
    vintage: int
    units: UnitRange
    chain: ChainStateView | None


@dataclass(frozen=True)
class RetirementView:
    """
    `lines` are in the order of their units, as on the certificate, and never none.

    `corrections` are of what its certificate, as it is or was sealed, says wrongly.
    """

    retirement: Retirement
    certificate_status: str
    lines: Sequence[RetiredLineView]
    reversals: Sequence[TouchView]
    corrections: Sequence[CorrectionView]

    @property
    def chain(self) -> ChainStateView | None:
        """The record that has come least far; None when one is not queued yet."""
        return least_far_state(line.chain for line in self.lines)


_COLUMNS = [column for column in retirements.c if not column.computed]
_RETIREMENT = select(
    *_COLUMNS, certificates.c.status.label("certificate_status"), CORRECTIONS
).join(certificates, certificates.c.retirement_id == retirements.c.id)

# Made once, and one statement however many retirements: their ids are one value.
_LINES = (
    select(
        public_credit_transactions.c.retirement_id,
        public_credit_entries.c.serial,
        public_credit_entries.c.project_id,
        projects.c.title.label("project_title"),
        projects.c.country.label("project_country"),
        public_credit_entries.c.vintage,
        public_credit_entries.c.units,
        *CHAIN_COLUMNS,
    )
    .join(
        public_credit_entries,
        public_credit_entries.c.id == public_credit_transactions.c.result_entry_id,
    )
    .join(projects, projects.c.id == public_credit_entries.c.project_id)
    .outerjoin(chain_records, chain_records.c.transaction_id == public_credit_transactions.c.id)
    .outerjoin(chain_transactions, chain_transactions.c.tx_hash == chain_records.c.tx_hash)
    .where(public_credit_transactions.c.retirement_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(public_credit_entries.c.units)
)
_LINES_IN_QUEUE = _LINES.add_columns(QUEUED_BEFORE)

BENEFICIARY_TEXT = Searched(retirements.c.search_text, retirements.c.search_grams)
RETIREMENTS_BY = (retirements.c.retired_at, retirements.c.id)


async def retirements_page(
    connection: AsyncConnection,
    chosen: RetirementFilter,
    page: PageRequest,
    *,
    account: Account | None,
) -> Sequence[RetirementView]:
    """
    Retirements with all their lines, in three statements.

    Seen by: everybody, all of them (`account` None); with an account, those it made, staff all.
    """
    query = _retirements(account).where(*await retirement_conditions(connection, chosen))
    return await _views(connection, await read_page(connection, query, page, RETIREMENTS_BY))


async def retirement(
    connection: AsyncConnection,
    retirement_id: UUID,
    *,
    account: Account | None,
    count_queue: bool = False,
) -> RetirementView | None:
    """
    One retirement, in three statements; with `count_queue` it says how many records are ahead.

    Seen by: everybody (`account` None); with an account, the one that made it and staff.
    """
    row = await read_one(connection, _retirements(account).where(retirements.c.id == retirement_id))
    if row is None:
        return None
    (view,) = await _views(connection, [row], _LINES_IN_QUEUE if count_queue else _LINES)
    return view


def _retirements(account: Account | None) -> Select[Any]:
    if account is None:
        return _RETIREMENT
    return _RETIREMENT.where(is_party(account, retirements.c.account_id))


async def retirement_conditions(
    connection: AsyncConnection, chosen: RetirementFilter
) -> list[ColumnElement[bool]]:
    """
    For a query of `retirements`.

    Seen by: everybody; what is in them may be less.
    """
    conditions: list[ColumnElement[bool]] = []
    if (chosen.project_id, chosen.vintage, chosen.country) != (None, None, None):
        conditions.append(_has_line(chosen.project_id, chosen.vintage, chosen.country))
    if chosen.beneficiary_name is not None:
        conditions.append(retirements.c.beneficiary_name == chosen.beneficiary_name)
        # The name itself has no index; its words have.
        if whole := await words_of(connection, chosen.beneficiary_name):
            conditions.append(BENEFICIARY_TEXT.contains_all(whole))
    words = await words_of(connection, chosen.beneficiary_words)
    if words is not None:
        conditions.append(BENEFICIARY_TEXT.contains_all(words))
    return conditions


def _has_line(
    project_id: UUID | None, vintage: int | None, country: str | None
) -> ColumnElement[bool]:
    """One and the same line meets all conditions; a list joins tables of these names already."""
    line, entry = (
        public_credit_transactions.alias("line"),
        public_credit_entries.alias("line_entry"),
    )
    lines = (
        select(1)
        .select_from(line)
        .join(entry, entry.c.id == line.c.result_entry_id)
        .where(line.c.retirement_id == retirements.c.id)
    )
    if project_id is not None:
        lines = lines.where(entry.c.project_id == project_id)
    if vintage is not None:
        lines = lines.where(entry.c.vintage == vintage)
    if country is not None:
        place = projects.alias("line_project")
        lines = lines.where(
            select(1).where(place.c.id == entry.c.project_id, place.c.country == country).exists()
        )
    return lines.exists()


async def _views(
    connection: AsyncConnection, rows: Sequence[RowMapping], lines_query: Select[Any] = _LINES
) -> Sequence[RetirementView]:
    ids = [row["id"] for row in rows]
    lines = await _lines(connection, ids, lines_query)
    touched = await touches(connection, ids)
    return [
        RetirementView(
            retirement=_retirement_from(row),
            certificate_status=row["certificate_status"],
            lines=lines[row["id"]],
            reversals=touched.get(row["id"], ()),
            corrections=corrections_from(row["corrections"]),
        )
        for row in rows
    ]


async def _lines(
    connection: AsyncConnection, retirement_ids: Sequence[UUID], query: Select[Any]
) -> Mapping[UUID, Sequence[RetiredLineView]]:
    found = await connection.execute(query, {"ids": list(retirement_ids)})
    lines: dict[UUID, list[RetiredLineView]] = defaultdict(list)
    for row in found.mappings():
        lines[row["retirement_id"]].append(
            RetiredLineView(
                serial=row["serial"],
                project_id=row["project_id"],
                project_title=row["project_title"],
                project_country=row["project_country"],
                vintage=row["vintage"],
                units=units_from(row["units"]),
                chain=chain_state(row),
            )
        )
    return lines


def _retirement_from(row: RowMapping) -> Retirement:
    named = row["beneficiary_name"]
    beneficiary = (
        Beneficiary(named, row["beneficiary_country"], row["beneficiary_identifier"])
        if named is not None
        else None
    )
    return value_of(Retirement, row, beneficiary=beneficiary)
