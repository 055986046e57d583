"""
The load on the ledger's use cases, called directly: without HTTP and without Temporal.

Each call is the one transaction of its use case. With `recording` every statement of every transaction is written down, so that pgbench can send the
same to a copy of the database (bench/replay.py). Noting them takes microseconds, which count.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import BaseModel
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.certificates.certificates import CertificateWriter
from activities.credits.retirement import RetirementActivities, RetireUnits
from activities.credits.transfer import TransferActivities, TransferCredits
from activities.payloads import Payload
from adapters.clock import SystemClock
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.settings import Settings
from bench.loads.sample import Pace, Sample, take_sample
from domain.certificates.certificates import IssuingRegistry


class LedgerLoad(BaseModel):
    """One of the two lists is empty. Retirements' drafts are in the database already."""

    retirements: list[RetireUnits] = []
    transfers: list[TransferCredits] = []
    recording: Path | None = None
    pace: Pace


class Recording:
    """Committed transactions: their statements, each with its values as PostgreSQL writes them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.transactions: list[list[tuple[str, list[str | None]]]] = []
        self._open: dict[Connection, list[tuple[str, list[str | None]]]] = {}
        event.listen(engine.sync_engine, "begin", self._begin)
        event.listen(engine.sync_engine, "before_cursor_execute", self._statement)
        event.listen(engine.sync_engine, "commit", self._commit)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.transactions))

    def _begin(self, connection: Connection) -> None:
        self._open[connection] = []

    def _statement(
        self,
        connection: Connection,
        _cursor: Any,
        text: str,
        values: Any,
        _context: Any,
        many: bool,
    ) -> None:
        sets: Sequence[Any] = values if many else [values]
        self._open[connection] += [(text, [as_text(value) for value in one]) for one in sets]

    def _commit(self, connection: Connection) -> None:
        self.transactions.append(self._open.pop(connection))


def as_text(value: Any) -> str | None:
    """As PostgreSQL reads it."""
    match value:
        case bytes():
            return rf"\x{value.hex()}"
        case date():
            return value.isoformat()
        case Range() | asyncpg.Range():
            return f"[{value.lower},{value.upper})"
        case None:
            return None
        case _:
            return str(value)


async def run(load: LedgerLoad, settings: Settings) -> Sample:
    engine = open_engine(settings.database)
    recording = Recording(engine) if load.recording else None
    database, clock = PostgresDatabase(engine), SystemClock()
    writer = CertificateWriter(
        IssuingRegistry(settings.registry.registry_name, settings.registry.public_url)
    )
    retirement = RetirementActivities(database, clock, writer)
    transfer = TransferActivities(database, clock)

    async def call(request: Payload) -> None:
        if isinstance(request, RetireUnits):
            await retirement.retire_units(request)
        elif isinstance(request, TransferCredits):
            await transfer.transfer_credits(request)

    requests: Iterator[Payload] = iter([*load.retirements, *load.transfers])
    try:
        return await take_sample([call] * load.pace.connections, requests, load.pace)
    finally:
        await engine.dispose()
        if recording is not None and load.recording is not None:
            recording.write(load.recording)


def main() -> None:
    load = LedgerLoad.model_validate_json(sys.stdin.buffer.read())
    print(asyncio.run(run(load, Settings())).model_dump_json())


if __name__ == "__main__":
    main()
