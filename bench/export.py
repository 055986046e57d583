"""The open data's credits as CSV, beside COPY of the same rows, and the API's memory meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import httpx

from bench.bench_stack import BenchStack
from bench.measurement import Measurement, Section, Spread
from bench.registries import Registry, free_port
from devstack.memory import resident_megabytes
from devstack.registry import api_process, running_api

PATH = "/api/v1/registry/export/credits.csv"
ROUNDS = 3
# The same columns and order, with PostgreSQL's own CSV.
_SAME_ROWS = """
    SELECT e.serial, e.project_id, e.quantity_units / 100.0, e.vintage, e.status, lower(e.units),
           upper(e.units) - 1, e.issued_at, e.last_action_at, parent.serial
      FROM credit_entries e LEFT JOIN credit_entries parent ON parent.id = e.parent_id
     ORDER BY e.serial
"""


@dataclass(frozen=True)
class Read:
    rows: int
    seconds: float
    peak_megabytes: float = 0

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds


async def measure(bench: BenchStack) -> Section:
    registries = await bench.registries()
    entries = max(registries)
    registry = registries[entries]
    folder = bench.data_dir / "export"
    folder.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**registry.environment, "API_PORT": str(port), "PUBLIC_URL": url}
    exports, same_rows, tables = [], [], []
    api = api_process(folder, environment)
    async with running_api(api, environment):
        before = resident_megabytes(api.pid)
        for number in range(1, ROUNDS + 1):
            exports.append(await _export(url, api.pid))
            same_rows.append(await _copied(registry, _SAME_ROWS))
            tables.append(await _copied(registry, "TABLE credit_entries"))
            print(
                f"  round {number} of {ROUNDS}: {exports[-1].per_second:,.0f} rows/s, "
                f"COPY {same_rows[-1].per_second:,.0f} rows/s",
                flush=True,
            )
    return _section(exports, same_rows, tables, before)


MEASUREMENT = Measurement("export", measure)


async def _export(url: str, pid: int) -> Read:
    rows, began = -1, time.perf_counter()  # The first line has the columns' names.
    async with (
        _peak(pid) as peak,
        httpx.AsyncClient(base_url=url, timeout=120) as http,
        http.stream("GET", PATH, headers={"Accept-Encoding": "identity"}) as answer,
    ):
        async for part in answer.raise_for_status().aiter_raw():
            rows += part.count(b"\n")
    return Read(rows, time.perf_counter() - began, max(peak))


async def _copied(registry: Registry, query: str) -> Read:
    rows = 0

    async def count(part: bytes) -> None:
        nonlocal rows
        rows += part.count(b"\n")

    connection = await asyncpg.connect(registry.owner_url)
    try:
        began = time.perf_counter()
        await connection.copy_from_query(query, output=count, format="csv")
        return Read(rows, time.perf_counter() - began)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def _peak(pid: int) -> AsyncIterator[list[float]]:
    """Resident memory, looked at twenty times a second."""
    samples = [resident_megabytes(pid)]

    async def look() -> None:
        while True:
            await asyncio.sleep(0.05)
            samples.append(resident_megabytes(pid))

    looking = asyncio.create_task(look())
    try:
        yield samples
    finally:
        looking.cancel()


def _section(
    exports: list[Read], same_rows: list[Read], tables: list[Read], before: float
) -> Section:
    def row(name: str, reads: list[Read]) -> list[str]:
        return [
            name,
            Spread.of([read.per_second for read in reads]).text(0),
            Spread.of([read.seconds for read in reads]).text(1),
        ]

    share = Spread.of(
        [ours.per_second / top.per_second for ours, top in zip(exports, same_rows, strict=True)]
    )
    peak = max(read.peak_megabytes for read in exports)
    return Section(
        title=f"Export of {exports[0].rows:,} rows: `GET {PATH}`",
        method=f"""
        One reader, uncompressed, {ROUNDS} rounds by turns. COPY is read over the same loopback by
        asyncpg in the measuring process: of the same columns in the same order, and of the table as
        it lies there. Resident memory is looked at twenty times a second.
        """,
        columns=["", "rows/s", "seconds"],
        rows=[
            row("export", exports),
            row("ceiling: COPY of the same rows TO STDOUT", same_rows),
            row("COPY of the whole table TO STDOUT", tables),
            ["share of the ceiling", share.text(3)],
        ],
        remarks=[
            f"The API process held {before:.0f} MB before and at most {peak:.0f} MB meanwhile."
        ],
        figures={
            "export": [vars(read) for read in exports],
            "COPY of the same rows": [vars(read) for read in same_rows],
            "COPY of the table": [vars(read) for read in tables],
            "MB before": before,
        },
    )
