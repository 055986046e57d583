"""
What a use case sent to the database, sent again by pgbench to a copy that was the same before.

Exact: each transaction has its own values, those of the use case. pgbench has no values but its
variables, so it reads those of its next transaction from a table first, which counts against it.
"""

import asyncio
import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.loads.sample import Sample, percentile
from bench.registries import Registry
from bench.rounds import LoadFailed
from devstack.postgres import binaries

_LIMIT_SECONDS = 120
_PLACEHOLDER = re.compile(r"\$(\d+)")
_THREADS = 2

Statement = tuple[str, list[str | None]]


@dataclass(frozen=True)
class Script:
    """`values` are one row for each transaction: of `:p1`, `:p2` and so on, in their order."""

    text: str
    values: Sequence[Sequence[str]]
    left_out: int


def script_of(transactions: Sequence[Sequence[Statement]], *, clients: int) -> Script:
    """
    Of the transactions that have the commonest form, as many as share out evenly among the clients.

    Two have the same form when they send the same statements, with NULL in the same places.
    """
    forms = Counter(_form(transaction) for transaction in transactions)
    commonest = forms.most_common(1)[0][0]
    alike = [one for one in transactions if _form(one) == commonest]
    share = len(alike) // clients
    chosen = alike[: share * clients]
    if not chosen:
        raise LoadFailed("there were too few transactions to send again")
    lines = [
        r"\set k :k + 1",
        rf"\set n :client_id * {share} + :k",
        r"SELECT * FROM bench_replay WHERE n = :n \gset",
        "BEGIN;",
    ]
    before = 0
    for text, values in chosen[0]:
        lines.append(_with_variables(text, values, before) + ";")
        before += len(values)
    lines.append("COMMIT;")
    rows = [[value or "" for _, values in one for value in values] for one in chosen]
    return Script("\n".join(lines) + "\n", rows, len(transactions) - len(chosen))


def _form(transaction: Sequence[Statement]) -> str:
    return json.dumps([(text, [v is None for v in values]) for text, values in transaction])


def _with_variables(text: str, values: Sequence[str | None], before: int) -> str:
    def variable(found: re.Match[str]) -> str:
        number = int(found[1])
        return "NULL" if values[number - 1] is None else f":p{before + number}"

    return _PLACEHOLDER.sub(variable, text)


async def replay(registry: Registry, recording: Path, *, clients: int) -> Sample:
    """
    Raises:
    LoadFailed: pgbench could not send them all.
    """
    folder = recording.parent
    script = _prepare(recording, clients=clients)
    await _write_values(registry, script)
    process = await asyncio.create_subprocess_exec(
        str(binaries() / "pgbench"),
        *("-n", "-M", "prepared", "-c", str(clients), "-j", str(_THREADS), "-D", "k=0"),
        *("-t", str(len(script.values) // clients), "-f", str(folder / "replay.sql")),
        *("-l", "--log-prefix", str(folder / "pgbench_log"), registry.application_url),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # As the worker: without an identity there would be no rows to change (ADR 0067).
        env={**os.environ, "PGOPTIONS": "-c karbonica.role=system"},
    )
    async with asyncio.timeout(_LIMIT_SECONDS):
        said, errors = await process.communicate()
    tps = re.search(rb"tps = ([0-9.]+)", said)
    if process.returncode != 0 or tps is None or b"failed transactions: 0 " not in said:
        raise LoadFailed(f"pgbench: {(said + errors).decode(errors='replace')[-1500:]}")
    latencies = _latencies(folder)
    return Sample(
        calls=len(latencies),
        per_second=float(tps[1]),
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
        p99_ms=percentile(latencies, 99),
        client_cpu=0,
    )


def _prepare(recording: Path, *, clients: int) -> Script:
    script = script_of(json.loads(recording.read_text()), clients=clients)
    (recording.parent / "replay.sql").write_text(script.text)
    for log in recording.parent.glob("pgbench_log.*"):
        log.unlink()
    return script


async def _write_values(registry: Registry, script: Script) -> None:
    names = [f"p{number}" for number in range(1, len(script.values[0]) + 1)]
    connection = await asyncpg.connect(registry.owner_url)
    try:
        await connection.execute("DROP TABLE IF EXISTS bench_replay")
        columns = ", ".join(f"{name} text" for name in names)
        await connection.execute(
            f"CREATE UNLOGGED TABLE bench_replay (n integer PRIMARY KEY, {columns})"
        )
        await connection.copy_records_to_table(
            "bench_replay",
            columns=["n", *names],
            records=[(n, *row) for n, row in enumerate(script.values, start=1)],
        )
        await connection.execute("ANALYZE bench_replay")
    finally:
        await connection.close()


def _latencies(folder: Path) -> list[float]:
    """Milliseconds, ordered; the third field of each line is in microseconds."""
    return sorted(
        int(line.split()[2]) / 1000
        for log in folder.glob("pgbench_log.*")
        for line in log.read_text().splitlines()
    )
