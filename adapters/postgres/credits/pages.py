"""
What the public pages read: one function for each block of a page, and the record it returns.

Every function makes one query, however many rows there are. Nothing here is personal: accounts
appear as companies and roles only, and documents that are not public by type and SHA-256.
Quantities are units of 0.01 t. Lists are newest first and go on after an (at, id) pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import After, cursor, read, where


@dataclass(frozen=True)
class Sums:
    """Where issued units are: `issued_units` from the issuances, all others from the entries."""

    issued_units: int
    active_units: int
    retired_units: int
    cancelled_units: int
    buffer_units: int
    entries: int

    @property
    def difference_units(self) -> int:
        placed = self.active_units + self.retired_units + self.cancelled_units + self.buffer_units
        return self.issued_units - placed


# A unit is where the one entry is that holds it and was neither split nor handed on.
_SUMS = """
    SELECT (SELECT coalesce(sum(t.quantity_units), 0)::bigint
              FROM credit_transactions t JOIN credit_entries i ON i.id = t.entry_id
             WHERE t.type IN ('issuance', 'buffer_contribution') {of_issued}) AS issued_units,
           coalesce(sum(quantity_units) FILTER (WHERE status = 'active'), 0)::bigint AS active_units,
           coalesce(sum(quantity_units) FILTER (WHERE status = 'retired'), 0)::bigint AS retired_units,
           coalesce(sum(quantity_units) FILTER (WHERE status = 'cancelled'), 0)::bigint
               AS cancelled_units,
           coalesce(sum(quantity_units) FILTER (WHERE status = 'buffer'), 0)::bigint AS buffer_units,
           count(*) AS entries
      FROM credit_entries {of_entries}
"""


async def registry_sums(connection: AsyncConnection) -> Sums:
    return (await read(connection, Sums, _SUMS.format(of_issued="", of_entries="")))[0]


async def project_sums(connection: AsyncConnection, project_id: UUID) -> Sums:
    sql = _SUMS.format(
        of_issued="AND i.project_id = :project_id", of_entries="WHERE project_id = :project_id"
    )
    return (await read(connection, Sums, sql, project_id=project_id))[0]


@dataclass(frozen=True)
class Counts:
    """
    `retirements_on_chain` are those of which every record has six confirmations or more.

    They are counted as all but those with a record under way, which are few. A retirement without
    a record cannot be: both are written in one transaction.
    """

    projects: int
    projects_verified: int
    retirements: int
    retirements_on_chain: int


async def registry_counts(connection: AsyncConnection) -> Counts:
    sql = """
        SELECT (SELECT count(*) FROM projects) AS projects,
               (SELECT count(*) FROM projects WHERE status = 'verified') AS projects_verified,
               (SELECT count(*) FROM retirements) AS retirements,
               (SELECT count(*) FROM retirements)
                 - (SELECT count(DISTINCT t.retirement_id) FROM chain_records c
                      JOIN credit_transactions t ON t.id = c.transaction_id
                     WHERE c.kind = 'retirement' AND c.status NOT IN ('confirmed', 'final'))
                   AS retirements_on_chain
    """
    return (await read(connection, Counts, sql))[0]


@dataclass(frozen=True)
class RetiredMonth:
    """`month` is its first day, in UTC."""

    month: date
    quantity_units: int
    retirements: int


async def retired_by_month(
    connection: AsyncConnection, *, since: datetime
) -> Sequence[RetiredMonth]:
    """Months without a retirement are left out."""
    sql = """
        SELECT date_trunc('month', retired_at AT TIME ZONE 'UTC')::date AS month,
               sum(quantity_units)::bigint AS quantity_units, count(*) AS retirements
          FROM retirements WHERE retired_at >= :since GROUP BY 1 ORDER BY 1
    """
    return await read(connection, RetiredMonth, sql, since=since)


@dataclass(frozen=True)
class ProjectPin:
    id: UUID
    title: str
    status: str
    latitude: float
    longitude: float


async def project_pins(connection: AsyncConnection, *, limit: int) -> Sequence[ProjectPin]:
    sql = """
        SELECT id, title, status, latitude::float8 AS latitude, longitude::float8 AS longitude
          FROM projects ORDER BY created_at DESC, id DESC LIMIT :limit
    """
    return await read(connection, ProjectPin, sql, limit=limit)


@dataclass(frozen=True)
class ProjectLine:
    id: UUID
    title: str
    type: str
    status: str
    location: str
    country: str
    created_at: datetime
    issued_units: int
    retired_units: int


@dataclass(frozen=True)
class ProjectFilter:
    """None leaves a field open. `words` is a tsquery over title and location."""

    status: str | None = None
    type: str | None = None
    country: str | None = None
    words: str | None = None


_WORDS_MAX = 8


def search_query(words: str) -> str:
    """
    Ask for texts in which words begin like all of these: "satya bio" → `'satya':* & 'bio':*`.

    Text without a letter in it becomes a query that nothing answers.
    """
    quoted = [word.replace("\\", "").replace("'", "''") for word in words.split()[:_WORDS_MAX]]
    return " & ".join(f"'{word}':*" for word in quoted if word)


_PROJECT_CONDITIONS = {
    "status": "p.status = :status",
    "type": "p.type = :type",
    "country": "p.country = :country",
    "words": "to_tsvector('simple', p.title || ' ' || p.location) @@ to_tsquery('simple', :words)",
}


async def project_lines(
    connection: AsyncConnection,
    chosen: ProjectFilter,
    *,
    limit: int,
    after: After | None = None,
) -> Sequence[ProjectLine]:
    values = {name: value for name, value in vars(chosen).items() if value is not None}
    conditions = [_PROJECT_CONDITIONS[name] for name in values]
    sql = f"""
        SELECT p.id, p.title, p.type, p.status, p.location, p.country, p.created_at,
               s.issued_units, s.retired_units
          FROM projects p
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(quantity_units) FILTER (WHERE parent_id IS NULL), 0)::bigint
                          AS issued_units,
                      coalesce(sum(quantity_units) FILTER (WHERE status = 'retired'), 0)::bigint
                          AS retired_units
                 FROM credit_entries WHERE project_id = p.id) s
         {where(conditions, after, "p.created_at", "p.id")}
         ORDER BY p.created_at DESC, p.id DESC LIMIT :limit
    """  # noqa: S608 — put together from the constants above; values are bound
    return await read(connection, ProjectLine, sql, limit=limit, **values, **cursor(after))


async def project_countries(connection: AsyncConnection) -> Sequence[str]:
    """ISO 3166-1 alpha-3 codes that some project has."""
    found = await connection.execute(text("SELECT DISTINCT country FROM projects ORDER BY 1"))
    return found.scalars().all()


@dataclass(frozen=True)
class RetirementLine:
    """`beneficiary_name` None means undisclosed; `chain_status` None means not yet queued."""

    id: UUID
    serial: str
    quantity_units: int
    project_title: str
    beneficiary_name: str | None
    purpose: str
    retired_at: datetime
    chain_status: str | None


FIRST_LINE = """
    LATERAL (SELECT u.result_entry_id FROM credit_transactions u
              WHERE u.retirement_id = r.id ORDER BY u.units LIMIT 1)
"""
"""The entry of a retirement whose units come first; most have no other."""

LEAST_FAR_FIRST = "array_position(ARRAY['parked', 'queued', 'submitted', 'confirmed'], c.status)"
"""Orders records by how far they have come; `final` is not named, and so comes last."""

RETIREMENT_LINE = f"""
    SELECT r.id, e.serial, r.quantity_units, p.title AS project_title, r.beneficiary_name, r.purpose,
           r.retired_at,
           (SELECT c.status FROM credit_transactions t
              LEFT JOIN chain_records c ON c.transaction_id = t.id
             WHERE t.retirement_id = r.id ORDER BY {LEAST_FAR_FIRST} LIMIT 1) AS chain_status
      FROM retirements r
      JOIN {FIRST_LINE} line ON true
      JOIN credit_entries e ON e.id = line.result_entry_id
      JOIN projects p ON p.id = e.project_id
"""  # noqa: S608 -- only our own constants are put in
NEWEST_RETIREMENT_FIRST = " ORDER BY r.retired_at DESC, r.id DESC LIMIT :limit"


async def retirement_lines(
    connection: AsyncConnection, *, limit: int, after: After | None = None
) -> Sequence[RetirementLine]:
    sql = RETIREMENT_LINE + where([], after, "r.retired_at", "r.id") + NEWEST_RETIREMENT_FIRST
    return await read(connection, RetirementLine, sql, limit=limit, **cursor(after))
