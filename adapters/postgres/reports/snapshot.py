"""A report's tables, read in one snapshot as finished lines, a small part at a time."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.limited_connections import answered
from adapters.postgres.publishing.open_data import PostgresOpenData
from adapters.postgres.reports.lines import count_query, line_query
from adapters.postgres.reports.sources.article_6 import article_6_tables
from adapters.postgres.reports.sources.cad_trust import cad_trust_tables
from adapters.postgres.reports.sources.corsia import corsia_tables
from adapters.postgres.reports.sources.holdings import holdings_tables
from adapters.postgres.reports.sources.moments import Literals, ReportTable, entries_at
from adapters.postgres.reports.sources.registry import (
    audit_tables,
    buffer_tables,
    processing_tables,
    verification_tables,
)
from adapters.postgres.reports.sources.retirements import retirement_tables
from domain.credits.ledger import Conservation
from domain.reports.reports import ReportKind, ReportTerms

ROWS_PER_CHUNK = 512
Line = tuple[str, str, str]
"""A row as CSV, as JSON and as a workbook's XML."""

_TABLES: dict[ReportKind, Callable[[Literals], Sequence[ReportTable]]] = {
    ReportKind.HOLDINGS: holdings_tables,
    ReportKind.RETIREMENTS: retirement_tables,
    ReportKind.ARTICLE_6: article_6_tables,
    ReportKind.CORSIA: corsia_tables,
    ReportKind.BUFFER: buffer_tables,
    ReportKind.VERIFICATION: verification_tables,
    ReportKind.AUDIT: audit_tables,
    ReportKind.PROCESSING: processing_tables,
}


def tables_of(terms: ReportTerms, *, registry_name: str) -> Sequence[ReportTable]:
    """In the order of their sheets."""
    literals = Literals.of(terms)
    if terms.kind is ReportKind.CAD_TRUST:
        return cad_trust_tables(literals, registry_name)
    return _TABLES[terms.kind](literals)


class ReportSnapshot:
    def __init__(self, engine: AsyncEngine, connection: AsyncConnection) -> None:
        self._engine = engine
        self._connection = connection

    async def sums(self, terms: ReportTerms) -> tuple[Conservation, int]:
        """
        The sum of the ledger at the period's end, and how many movements it had.

        What was issued is counted by movements, and what became of it by entries, so that the two sides come
        from different rows.
        """
        ends = Literals.of(terms).ends
        parts = ", ".join(
            f"coalesce(sum(quantity_units) FILTER (WHERE status = '{part}'), 0)::bigint AS {part}_units"
            for part in ("active", "retired", "cancelled", "buffer", "suspended", "reserved")
        )
        sql = f"""
            SELECT {parts},
                   (SELECT coalesce(sum(quantity_units), 0)::bigint FROM credit_transactions
                     WHERE type IN ('issuance', 'buffer_contribution') AND created_at < {ends}) AS issued_units,
                   (SELECT count(*) FROM credit_transactions WHERE created_at < {ends}) AS movements
              FROM {entries_at(ends)} e
        """
        async with answered(self._engine, self._connection):
            found = await self._connection.execute(text(sql.replace(":", r"\:")))
        values = dict(found.mappings().one())
        movements = int(values.pop("movements"))
        return Conservation(**values), movements

    async def count(self, table: ReportTable) -> int:
        async with answered(self._engine, self._connection):
            return int(await self._connection.scalar(text(count_query(table))) or 0)

    async def lines(self, table: ReportTable) -> AsyncIterator[Sequence[Line]]:
        async with answered(self._engine, self._connection):
            found = await self._connection.stream(
                text(line_query(table)), execution_options={"yield_per": ROWS_PER_CHUNK}
            )
        while True:
            # Each batch by itself: between two it is us who are waited for, not the database.
            async with answered(self._engine, self._connection):
                rows = await found.fetchmany(ROWS_PER_CHUNK)
            if not rows:
                return
            yield rows


@asynccontextmanager
async def report_snapshot(engine: AsyncEngine) -> AsyncIterator[ReportSnapshot]:
    """The registry at one moment, however long it is read."""
    async with PostgresOpenData(engine).connection() as connection:
        yield ReportSnapshot(engine, connection)
