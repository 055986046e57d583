"""
Open data, read at one moment and written as lines by the database itself.

PostgreSQL prints each row as a finished line, so that a million rows cost this process little more
than passing them on, and never more memory than one batch.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.ports.publishing import ExportChunk
from adapters.postgres.credits.reads.totals import conservation
from adapters.postgres.limited_connections import answered
from adapters.postgres.publishing.csv_lines import csv_line
from adapters.postgres.publishing.json_lines import json_line
from adapters.postgres.publishing.open_data_columns import SOURCES
from adapters.postgres.publishing.reads.changes import last_seq
from domain.publishing.open_data import Dataset, FileFormat, LedgerState, PartSum

ROWS_PER_CHUNK = 256
"""About 64 KB, where people typed much of it."""

CREDITS_PER_CHUNK = 1_024
"""About 180 KB: nothing in it is longer than a serial."""

# domain.publishing.open_data.root_line, in the order of bytes whatever the database's own is.
ROOT_LINES = r"""
    SELECT concat_ws(' ', e.serial, e.status, lower(e.units), upper(e.units) - 1,
                     coalesce(parent.serial, '-'), coalesce(e.suspended_for::text, '-'),
                     coalesce(t.retirement_id::text, '-')) || E'\n'
      FROM public_credit_entries e
      LEFT JOIN public_credit_entries parent ON parent.id = e.parent_id
      LEFT JOIN public_credit_transactions t ON t.result_entry_id = e.id AND t.type = 'retirement'
     ORDER BY e.serial COLLATE "C"
"""

# A reader who stops reading must not keep a connection, nor old rows from being cleaned up.
_LIMITS = (
    "SET LOCAL idle_in_transaction_session_timeout = '60s'",
    "SET LOCAL transaction_timeout = '1h'",
    # Compiling the long line expression costs more than it saves, and the first bytes wait for it.
    "SET LOCAL jit = off",
)


class PostgresExportSnapshot:
    """The registry at one moment, however long it is read."""

    def __init__(self, engine: AsyncEngine, connection: AsyncConnection) -> None:
        self._engine = engine
        self._connection = connection

    async def sums(self) -> Sequence[PartSum]:
        async with answered(self._engine, self._connection):
            found = await conservation(self._connection)
        return [PartSum(line.project_id, line.vintage, line.parts) for line in found]

    async def ledger(self, beat: Callable[[], None]) -> LedgerState:
        digest, entries = hashlib.sha256(), 0
        async with answered(self._engine, self._connection):
            seq = await last_seq(self._connection)
        async for lines in self._lines(ROOT_LINES, CREDITS_PER_CHUNK):
            beat()
            digest.update("".join(lines).encode())
            entries += len(lines)
        return LedgerState(seq, entries, digest.hexdigest())

    async def chunks(self, dataset: Dataset, format: FileFormat) -> AsyncIterator[ExportChunk]:
        columns = SOURCES[dataset].columns
        if format is FileFormat.CSV:
            header = ",".join(column.name for column in columns) + "\r\n"
            yield ExportChunk(header.encode(), 0)
        of_credits = dataset is Dataset.CREDITS
        rows = CREDITS_PER_CHUNK if of_credits else ROWS_PER_CHUNK
        async for lines in self._lines(line_query(dataset, format), rows):
            yield ExportChunk("".join(lines).encode(), len(lines))

    async def _lines(self, query: str, rows: int) -> AsyncIterator[Sequence[str]]:
        """
        Through a cursor of the driver's own: making SQLAlchemy's rows costs several times what PostgreSQL does.

        And not by COPY, which is no quicker: the server would write on while the reader rests, and its
        connection would end with what stays unacknowledged, not when the reader has lost our patience.
        """
        async with answered(self._engine, self._connection):
            driver = (await self._connection.get_raw_connection()).driver_connection
            if driver is None:
                raise ConnectionError("the connection of the snapshot has ended")
            found = await driver.cursor(query)
        while True:
            # Each batch by itself: between two the reader is waited for, not the database.
            async with answered(self._engine, self._connection):
                lines = await found.fetch(rows)
            if not lines:
                return
            yield [line for (line,) in lines]


class PostgresOpenData:
    """`activities.ports.publishing.OpenData`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[PostgresExportSnapshot]:
        async with self.connection() as connection:
            yield PostgresExportSnapshot(self._engine, connection)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """One that sees the registry at one moment, and only ever reads."""
        connection = AsyncConnection(self._engine)
        try:
            async with answered(self._engine, connection):
                await connection.start()
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
                # A transaction begins with the first of them, and only ever reads.
                for limit in _LIMITS:
                    await connection.execute(text(limit))
            yield connection
        finally:
            if connection.sync_connection is not None:
                await connection.close()


def line_query(dataset: Dataset, format: FileFormat) -> str:
    """One column: each row's finished line, in a format that has lines."""
    source = SOURCES[dataset]
    line = csv_line(source.columns) if format is FileFormat.CSV else json_line(source.columns)
    # Put together from the constants of open_data_columns.py; nothing in it comes from outside.
    return f"SELECT concat({line}) {source.rows}"
