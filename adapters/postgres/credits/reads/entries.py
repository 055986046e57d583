"""Credit entries, read: one's own as they stand, and everybody's without their holders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import public_credit_entries, public_credit_transactions
from adapters.postgres.queries import PageRequest, read, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import credit_entries
from adapters.postgres.visibility import is_party
from domain.accounts.roles import Account
from domain.credits.ledger import CreditEntry, CreditTransactionType
from domain.identifiers import Serial
from domain.projects.verification import MonitoringPeriod


@dataclass(frozen=True)
class CreditFilter:
    """None leaves a field open."""

    status: str | None = None
    vintage: int | None = None
    project_id: UUID | None = None


@dataclass(frozen=True)
class CreditLinksView:
    """
    Where an entry's units came from, went to, and in which retirement they ended.

    They were issued for the round `round`, and for the days `first_day` to `last_day` where that is a
    monitoring period.
    """

    parent_serial: str | None
    child_serials: Sequence[str]
    retirement_id: UUID | None
    verification_id: UUID | None
    round: int | None
    first_day: date | None
    last_day: date | None

    @property
    def monitoring_period(self) -> MonitoringPeriod | None:
        if self.first_day is None or self.last_day is None:
            return None
        return MonitoringPeriod(self.first_day, self.last_day)


@dataclass(frozen=True)
class PublicEntryView:
    """An entry as everybody may see it: without its holder. Both ends of the units belong to it."""

    id: UUID
    serial: str
    status: str
    quantity_units: int
    vintage: int
    first_unit: int
    last_unit: int
    parent_serial: str | None
    retirement_id: UUID | None
    last_action_at: datetime


async def credits_page(
    connection: AsyncConnection, chosen: CreditFilter, page: PageRequest, *, account: Account
) -> Sequence[CreditEntry]:
    """Seen by: the holder, or who held the entry until it was superseded; staff see all."""
    query = select(credit_entries).where(is_party(account, credit_entries.c.owner_id))
    if chosen.status is not None:
        query = query.where(credit_entries.c.status == chosen.status)
    if chosen.vintage is not None:
        query = query.where(credit_entries.c.vintage == chosen.vintage)
    if chosen.project_id is not None:
        query = query.where(credit_entries.c.project_id == chosen.project_id)
    by = (credit_entries.c.issued_at, credit_entries.c.id)
    return [value_of(CreditEntry, row) for row in await read_page(connection, query, page, by)]


async def credit(
    connection: AsyncConnection, serial: Serial, *, account: Account | None
) -> CreditEntry | None:
    """Seen by: everybody (`account` None), but for `owner_id`; with an account, holder and staff."""
    table = public_credit_entries if account is None else credit_entries
    query = select(table).where(table.c.serial == str(serial))
    if account is not None:
        query = query.where(is_party(account, table.c.owner_id))
    row = await read_one(connection, query)
    return value_of(CreditEntry, row) if row else None


async def credit_links(connection: AsyncConnection, entry_id: UUID) -> CreditLinksView:
    """Seen by: everybody."""
    sql = """
        SELECT parent.serial AS parent_serial,
               ARRAY(SELECT child.serial FROM public_credit_entries child
                      WHERE child.parent_id = e.id ORDER BY child.units) AS child_serials,
               (SELECT t.retirement_id FROM public_credit_transactions t
                 WHERE t.result_entry_id = e.id AND t.type = 'retirement') AS retirement_id,
               issued.id AS verification_id, issued.number AS round,
               lower(issued.monitoring_period) AS first_day,
               upper(issued.monitoring_period) - 1 AS last_day
          FROM public_credit_entries e LEFT JOIN public_credit_entries parent ON parent.id = e.parent_id
          LEFT JOIN public_credit_transactions root
            ON root.type IN ('issuance', 'buffer_contribution') AND root.status = 'completed'
           AND root.units @> lower(e.units)
          LEFT JOIN verification_requests issued ON issued.id = root.verification_id
         WHERE e.id = :entry_id
    """
    (links,) = await read(connection, CreditLinksView, sql, entry_id=entry_id)
    return links


_PARENT = public_credit_entries.alias("parent")
_ENTRY = (
    select(
        public_credit_entries.c.id,
        public_credit_entries.c.serial,
        public_credit_entries.c.status,
        public_credit_entries.c.quantity_units,
        public_credit_entries.c.vintage,
        func.lower(public_credit_entries.c.units).label("first_unit"),
        (func.upper(public_credit_entries.c.units) - 1).label("last_unit"),
        _PARENT.c.serial.label("parent_serial"),
        public_credit_transactions.c.retirement_id,
        public_credit_entries.c.last_action_at,
    )
    .outerjoin(_PARENT, _PARENT.c.id == public_credit_entries.c.parent_id)
    .outerjoin(
        public_credit_transactions,
        (public_credit_transactions.c.result_entry_id == public_credit_entries.c.id)
        & (public_credit_transactions.c.type == CreditTransactionType.RETIREMENT.value),
    )
)


async def project_entries_page(
    connection: AsyncConnection, project_id: UUID, page: PageRequest
) -> Sequence[PublicEntryView]:
    """
    All entries of a project, by when something last happened to them.

    Seen by: everybody.
    """
    query = _ENTRY.where(public_credit_entries.c.project_id == project_id)
    by = (public_credit_entries.c.last_action_at, public_credit_entries.c.id)
    return [PublicEntryView(**row) for row in await read_page(connection, query, page, by)]
