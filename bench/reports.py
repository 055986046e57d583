"""
An agreed electronic format of many movements, beside COPY of the same rows, and this process's memory meanwhile.

The movements are rows made by SQL: transfers between two accounts of units that a Party has authorised.
"""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import asyncpg

from adapters.documents.printing import CertificatePrinter
from adapters.postgres.database import open_engine
from adapters.postgres.reports.snapshot import tables_of
from adapters.postgres.reports.sources.moments import ReportTable
from adapters.reports.files import ReportFileWriter
from adapters.settings.database import DatabaseSettings
from bench.bench_stack import BenchStack
from bench.measurement import Measurement, Section, Spread
from bench.registries import Registry, copied_registry
from devstack.memory import resident_megabytes
from domain.reports.reports import ReportKind, ReportTerms, end_of

ROUNDS = 3
MOVEMENTS, LARGE_MOVEMENTS = 50_000, 1_000_000
PARTY = "KEN"
YEAR = 2025
TERMS = ReportTerms(
    ReportKind.ARTICLE_6,
    date(YEAR, 1, 1),
    date(YEAR, 12, 31),
    end_of(date(YEAR, 12, 31)),
    party=PARTY,
)

# Guards sleep: these rows are no ledger, and only as many and as wide as one's.
_ROWS = """
SET session_replication_role = replica;
CREATE TEMPORARY TABLE two AS
    SELECT (SELECT owner_id FROM credit_entries WHERE status = 'active' LIMIT 1) AS sender,
           (SELECT id FROM users WHERE id <> (SELECT owner_id FROM credit_entries WHERE status = 'active' LIMIT 1)
             AND role = 'buyer' LIMIT 1) AS recipient,
           (SELECT project_id FROM credit_entries LIMIT 1) AS project_id,
           (SELECT max(upper(units)) FROM credit_entries) AS first;
INSERT INTO credit_entries (id, serial, project_id, owner_id, units, vintage, status, issued_at, last_action_at)
    SELECT uuid_at(n), 'KRB-2024-999-' || (1000000 + n), project_id, sender, int8range(first + n * 100, first + n * 100 + 100),
           2024, 'transferred', '2025-01-01', '2025-01-01'
      FROM two, generate_series(0, {movements}) n;
INSERT INTO credit_transactions (id, type, entry_id, result_entry_id, sender_id, recipient_id, units, status,
                                 created_at, completed_at)
    SELECT uuid_at(n + 100000000), 'transfer', uuid_at(n), uuid_at(n + 1), sender, recipient,
           int8range(first + n * 100, first + n * 100 + 100), 'completed',
           '2025-02-01'::timestamptz + n * interval '10 seconds', '2025-02-01'
      FROM two, generate_series(0, {movements} - 1) n;
INSERT INTO authorisations (id, project_id, host_party, status, uses, first_transfer, changeable_after_transfer,
                            recorded_by, recorded_at)
    SELECT uuid_at(1), project_id, '{party}', 'authorised', '{{other_purposes}}', 'use_or_cancellation', false,
           sender, '2025-01-01' FROM two;
INSERT INTO authorisation_steps (authorisation_id, number, kind, uses, first_transfer, changeable_after_transfer,
                                 source_url, source_dated, recorded_by, recorded_at, status, confirmed_by, confirmed_at)
    SELECT uuid_at(1), 2, 'authorise', '{{other_purposes}}', 'use_or_cancellation', false, 'https://party.example',
           '2025-01-02', sender, '2025-01-02', 'confirmed', recipient, '2025-01-03' FROM two;
ANALYZE;
"""
_UUID_AT = """
CREATE FUNCTION uuid_at(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN ('be7c0000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
"""


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    original = (await bench.registries())[min(await bench.registries())]
    registry = await copied_registry(stack, original, "bench_reports")
    movements = LARGE_MOVEMENTS if bench.large else MOVEMENTS
    await _fill(registry, movements)
    settings = DatabaseSettings.model_validate(
        {"database_url": registry.environment["DATABASE_URL"]}
    )
    engine = open_engine(settings)
    writer = ReportFileWriter(engine, CertificatePrinter(), registry_name="Bench")
    table = next(one for one in tables_of(TERMS, registry_name="Bench") if one.name == "actions")
    made, copied, peaks = [], [], []
    before = resident_megabytes(os.getpid())
    try:
        for number in range(1, ROUNDS + 1):
            async with _peak() as samples:
                with tempfile.TemporaryDirectory(dir=bench.data_dir) as folder:
                    began = time.perf_counter()
                    written = await writer.write(TERMS, Path(folder), _nothing)
                    seconds = time.perf_counter() - began
            rows = {file.table: file.rows for file in written.files}["actions"]
            made.append(rows / seconds)
            copied.append(await _copied(registry, table))
            peaks.append(max(samples))
            print(
                f"  round {number} of {ROUNDS}: {made[-1]:,.0f} rows/s, COPY {copied[-1]:,.0f} rows/s",
                flush=True,
            )
    finally:
        await engine.dispose()
    return _section(movements, made, copied, before, max(peaks))


MEASUREMENT = Measurement("reports", measure)


def _nothing() -> None:
    """Nobody waits for a heartbeat."""


async def _fill(registry: Registry, movements: int) -> None:
    connection = await asyncpg.connect(registry.owner_url)
    try:
        await connection.execute(_UUID_AT)
        await connection.execute(_ROWS.format(movements=movements, party=PARTY))
    finally:
        await connection.close()


async def _copied(registry: Registry, table: ReportTable) -> float:
    """Rows a second of the same columns, as PostgreSQL's own CSV."""
    rows = 0

    async def count(part: bytes) -> None:
        nonlocal rows
        rows += part.count(b"\n")

    values = ", ".join(f"({column.sql})" for column in table.columns)
    connection = await asyncpg.connect(registry.owner_url)
    try:
        began = time.perf_counter()
        await connection.copy_from_query(
            f"SELECT {values} {table.rows}", output=count, format="csv"
        )
        return rows / (time.perf_counter() - began)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def _peak() -> AsyncIterator[list[float]]:
    samples = [resident_megabytes(os.getpid())]

    async def look() -> None:
        while True:
            await asyncio.sleep(0.05)
            samples.append(resident_megabytes(os.getpid()))

    looking = asyncio.create_task(look())
    try:
        yield samples
    finally:
        looking.cancel()


def _section(
    movements: int, made: list[float], copied: list[float], before: float, peak: float
) -> Section:
    share = Spread.of([ours / top for ours, top in zip(made, copied, strict=True)])
    return Section(
        title=f"Agreed electronic format of {movements:,} movements",
        method=f"""
        All files of one report (CSV, canonical JSON, workbook, page) with their SHA-256, {ROUNDS} rounds by turns
        with COPY of the actions' columns in the same order, as PostgreSQL's own CSV. Resident memory of the
        writing process is looked at twenty times a second.
        """,
        columns=["", "rows/s"],
        rows=[
            ["report, all files", Spread.of(made).text(0)],
            ["ceiling: COPY of the same rows TO STDOUT", Spread.of(copied).text(0)],
            ["share of the ceiling (wanted: 0.2)", share.text(3)],
        ],
        remarks=[
            f"The writing process held {before:.0f} MB before and at most {peak:.0f} MB meanwhile."
        ],
        figures={"report": made, "COPY": copied, "MB before": before, "MB at most": peak},
    )
