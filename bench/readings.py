"""Readings that instruments send, beside COPY of the same rows into the same table."""

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.postgres.identity import SYSTEM, acting_as
from adapters.postgres.monitoring.readings import PostgresReadings
from bench.bench_stack import BenchStack
from bench.board import populate_rounds
from bench.measurement import Measurement, Section, Spread
from bench.registries import Registry, api_on, new_registry
from devstack.seed import ACCOUNTS, PASSWORD
from domain.monitoring.readings import Device, DeviceReading, QualityFlag

ROUNDS = 3
BATCH, BATCHES = 1000, 10
WANTED_PER_SECOND = 1000
DEVICE = {
    "name": "meter",
    "quantity": "flow",
    "unit": "m**3/hour",
    "instrument": "Bench 1",
}
_BEGINS = datetime(2024, 1, 1, tzinfo=UTC)
COPY, STATEMENT, CALL = "ceiling: COPY", "one statement for each batch", "`POST …/readings`"


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    registry = await new_registry(stack, bench.data_dir, "bench_readings")
    await populate_rounds(registry, 1)
    async with AsyncExitStack() as parts:
        port = await parts.enter_async_context(api_on(registry, bench.data_dir))
        http = await parts.enter_async_context(_signed_in(port))
        owner = await asyncpg.connect(registry.owner_url)
        parts.push_async_callback(owner.close)
        project_id = await owner.fetchval("SELECT id FROM projects")
        path = f"/api/v1/projects/{project_id}"
        made = await http.post(f"{path}/devices", json=DEVICE)
        device_id = UUID(made.raise_for_status().json()["data"]["id"])
        await owner.execute("CREATE TABLE readings_copied (LIKE readings INCLUDING ALL)")
        await owner.execute(
            "ALTER TABLE readings_copied ADD FOREIGN KEY (device_id) REFERENCES devices (id)"
        )
        rates: dict[str, list[float]] = {COPY: [], STATEMENT: [], CALL: []}
        numbers = _numbers()
        for number in range(1, ROUNDS + 1):
            rates[COPY].append(await _copied(owner, device_id, numbers))
            rates[STATEMENT].append(await _stated(registry, device_id, project_id, numbers))
            rates[CALL].append(await _called(http, path, numbers))
            said = ", ".join(f"{name} {values[-1]:,.0f}/s" for name, values in rates.items())
            print(f"  round {number} of {ROUNDS}: {said}", flush=True)
    return _section(rates)


MEASUREMENT = Measurement("readings", measure)


def _signed_in(port: int) -> httpx.AsyncClient:
    url = f"http://127.0.0.1:{port}"
    body = {"email": ACCOUNTS[1][0], "password": PASSWORD}
    token = httpx.post(f"{url}/api/v1/auth/login", json=body, timeout=30).raise_for_status()
    bearer = token.json()["data"]["accessToken"]
    return httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {bearer}"}, timeout=60
    )


def _numbers() -> Iterator[range]:
    """Sequence numbers of batches that nobody has used."""
    first = 0
    while True:
        yield range(first, first + BATCH)
        first += BATCH


async def _copied(owner: Any, device_id: UUID, numbers: Iterator[range]) -> float:
    batches = [
        [
            (device_id, n, 1, _at(n), Decimal("7.83"), Decimal("0.01"), "pass", _BEGINS)
            for n in next(numbers)
        ]
        for _ in range(BATCHES)
    ]
    began = time.perf_counter()
    for rows in batches:
        await owner.copy_records_to_table("readings_copied", records=rows)
    return BATCH * BATCHES / (time.perf_counter() - began)


async def _stated(
    registry: Registry, device_id: UUID, project_id: UUID, numbers: Iterator[range]
) -> float:
    facts = {name: value for name, value in DEVICE.items() if name != "name"}
    device = Device(
        id=device_id,
        project_id=project_id,
        name="meter",
        calibration=None,
        latitude=None,
        longitude=None,
        registered_by=project_id,
        registered_at=_BEGINS,
        **facts,
    )
    batches = [
        [
            DeviceReading("meter", n, 1, _at(n), Decimal("7.83"), Decimal("0.01"), QualityFlag.PASS)
            for n in next(numbers)
        ]
        for _ in range(BATCHES)
    ]
    engine = create_async_engine(registry.owner_url.replace("postgresql:", "postgresql+asyncpg:"))
    with acting_as(SYSTEM):
        async with engine.connect() as connection:
            began = time.perf_counter()
            for batch in batches:
                await PostgresReadings(connection).add(batch, {"meter": device}, at=_BEGINS)
                await connection.commit()
            rate = BATCH * BATCHES / (time.perf_counter() - began)
    await engine.dispose()
    return rate


async def _called(http: httpx.AsyncClient, path: str, numbers: Iterator[range]) -> float:
    batches = [
        {
            "readings": [
                {
                    "device": "meter",
                    "sequence": n,
                    "measuredAt": _at(n).isoformat(),
                    "value": "7.83",
                    "uncertainty": "0.01",
                    "qualityFlag": "pass",
                }
                for n in next(numbers)
            ]
        }
        for _ in range(BATCHES)
    ]
    began = time.perf_counter()
    for body in batches:
        (await http.post(f"{path}/readings", json=body)).raise_for_status()
    return BATCH * BATCHES / (time.perf_counter() - began)


def _at(number: int) -> datetime:
    return _BEGINS + timedelta(seconds=number)


def _section(rates: dict[str, list[float]]) -> Section:
    rows = []
    for name, values in rates.items():
        shares = [one / most for one, most in zip(values, rates[COPY], strict=True)]
        wanted = f"{WANTED_PER_SECOND:,}/s" if name == CALL else ""
        rows.append([name, Spread.of(values).text(0), Spread.of(shares).text(2), wanted])
    return Section(
        title="Readings of instruments",
        method=f"""
        Batches of {BATCH:,} new readings of one device, {BATCHES} one after the other, {ROUNDS} rounds by turns: by COPY into a
        table with the same columns, keys, checks and index; by the statement that the API uses, which also finds what is known
        already; and by the call, signed in, over one kept-alive connection. A batch is a transaction in each.
        """,
        columns=["", "readings a second", "of COPY", "wanted"],
        rows=rows,
        figures=dict(rates),
    )
