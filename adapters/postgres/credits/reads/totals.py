"""The registry as a whole, read: counts, and the sum that anybody can recompute. All of it is public."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import first, read
from domain.credits.ledger import Conservation


@dataclass(frozen=True)
class CreditSumsView(Conservation):
    """
    Where issued units are: `issued_units` from the issuances, all others from the `entries`.

    Read from the sums that the ledger keeps of itself (ADR 0096); the checks hold these to its rows.
    """

    entries: int

    @property
    def difference_units(self) -> int:
        return self.issued_units - self.placed_units


# A unit is where the one entry is that holds it and was neither split nor handed on.
_UNITS = ", ".join(
    f"coalesce(sum(quantity_units) FILTER (WHERE part = '{part}'), 0)::bigint AS {part}_units"
    for part in (*("issued", "active", "retired", "cancelled", "buffer", "suspended", "reserved"),)
)
_SUMS = f"SELECT {_UNITS}, coalesce(sum(entries), 0)::bigint AS entries FROM credit_sums"  # noqa: S608 -- of constants above


async def registry_sums(connection: AsyncConnection) -> CreditSumsView:
    """Seen by: everybody."""
    return (await read(connection, CreditSumsView, _SUMS))[0]


async def project_sums(connection: AsyncConnection, project_id: UUID) -> CreditSumsView:
    """Seen by: everybody."""
    sql = f"{_SUMS} WHERE project_id = :project_id"
    return (await read(connection, CreditSumsView, sql, project_id=project_id))[0]


@dataclass(frozen=True)
class RegistryCountsView:
    """
    `retirements_on_chain` are those of which every record has six confirmations or more.

    They are counted as all but those with a record under way, which are few. A retirement without
    a record cannot be: both are written in one transaction.
    """

    projects: int
    projects_verified: int
    retirements: int
    retirements_on_chain: int


async def registry_counts(connection: AsyncConnection) -> RegistryCountsView:
    """Seen by: everybody."""
    sql = """
        SELECT (SELECT count(*) FROM projects) AS projects,
               (SELECT count(*) FROM projects WHERE status = 'verified') AS projects_verified,
               (SELECT count(*) FROM retirements) AS retirements,
               (SELECT count(*) FROM retirements)
                 - (SELECT count(DISTINCT t.retirement_id) FROM chain_records c
                      JOIN public_credit_transactions t ON t.id = c.transaction_id
                     WHERE c.kind = 'retirement' AND c.status NOT IN ('confirmed', 'final'))
                   AS retirements_on_chain
    """
    return (await read(connection, RegistryCountsView, sql))[0]


@dataclass(frozen=True)
class RetiredMonthView:
    """`month` is its first day, in UTC."""

    month: date
    quantity_units: int
    retirements: int


async def retired_by_month(
    connection: AsyncConnection, *, since: datetime
) -> Sequence[RetiredMonthView]:
    """
    Months without a retirement are left out.

    Seen by: everybody.
    """
    sql = """
        SELECT date_trunc('month', retired_at AT TIME ZONE 'UTC')::date AS month,
               sum(quantity_units)::bigint AS quantity_units, count(*) AS retirements
          FROM retirements WHERE retired_at >= :since GROUP BY 1 ORDER BY 1
    """
    return await read(connection, RetiredMonthView, sql, since=since)


@dataclass(frozen=True)
class ConservationPartView:
    project_id: UUID
    vintage: int
    parts: Conservation


# What was issued is kept by the issuances and what became of it by the entries, so that the two sides
# of the sum come from different rows.
_CONSERVATION = f"SELECT project_id, vintage, {_UNITS} FROM credit_sums GROUP BY 1, 2 ORDER BY 1, 2"  # noqa: S608 -- likewise


async def conservation(connection: AsyncConnection) -> Sequence[ConservationPartView]:
    """
    Where the issued units are, for each project and vintage.

    Seen by: everybody.
    """
    found = await connection.execute(text(_CONSERVATION))
    return [
        ConservationPartView(
            row["project_id"],
            row["vintage"],
            Conservation(
                issued_units=row["issued_units"],
                active_units=row["active_units"],
                retired_units=row["retired_units"],
                cancelled_units=row["cancelled_units"],
                buffer_units=row["buffer_units"],
                suspended_units=row["suspended_units"],
                reserved_units=row["reserved_units"],
            ),
        )
        for row in found.mappings()
    ]


def in_total(lines: Iterable[ConservationPartView]) -> Conservation:
    """The sum of several parts."""
    parts = [line.parts for line in lines]
    return Conservation(
        issued_units=sum(held.issued_units for held in parts),
        active_units=sum(held.active_units for held in parts),
        retired_units=sum(held.retired_units for held in parts),
        cancelled_units=sum(held.cancelled_units for held in parts),
        buffer_units=sum(held.buffer_units for held in parts),
        suspended_units=sum(held.suspended_units for held in parts),
        reserved_units=sum(held.reserved_units for held in parts),
    )


@dataclass(frozen=True)
class LastCheckView:
    """The newest scheduled recomputation; `differences` are sentences, without personal data."""

    checked_at: datetime
    holds: bool
    differences: Sequence[str]


async def last_check(connection: AsyncConnection) -> LastCheckView | None:
    """
    None until the ledger was checked for the first time.

    Seen by: everybody.
    """
    sql = """
        SELECT checked_at, holds, differences FROM ledger_checks
         ORDER BY checked_at DESC, id LIMIT 1
    """
    return first(await read(connection, LastCheckView, sql))
