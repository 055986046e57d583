"""
One entry retired from thousands of times in a row, each time from what the time before left over.

Its rows go through COPY as those of the generator (bench/generator.py), which made the rest of the
registry, and in one transaction: the deferred guards see the whole chain.
"""

import itertools
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from bench.generated_rows import ProjectFacts, rows_of
from bench.generator import ORDER, Generated, project_facts
from bench.histories import Block, History, retired_in_a_row
from bench.population import (
    VINTAGE,
    People,
    add_verifications,
    copy_rows,
    project_rows_of,
)
from domain.identifiers import Serial
from domain.quantities import UnitRange

CHAIN_VINTAGE = VINTAGE - 5
"""No generated entry has it, so that the serials of a chain follow one another."""
LEFT_UNITS = 1_000_000
_ISSUED_AT = datetime(2024, 2, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Chain:
    """`owner_id` held the issued entry and holds what is left over."""

    project_id: UUID
    owner_id: UUID
    retirements: int
    generated: Generated


async def add_chain(database_url: str, retirements: int) -> Chain:
    """The registry is a generated one, and has no chain yet; `LEFT_UNITS` stay active."""
    connection = await asyncpg.connect(database_url)
    began = time.perf_counter()
    try:
        await connection.execute("SET synchronous_commit = off")
        async with connection.transaction():
            project, verification_id = await _approved(connection, retirements + LEFT_UNITS)
            # Seeded by a word: a number may be the seed of the registry, and its ids would come again.
            entries, rows = await _add(
                connection, project, verification_id, retirements, Random("chain")
            )
        generated = Generated(entries, rows, time.perf_counter() - began)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return Chain(project.id, project.developer_id, retirements, generated)


async def _approved(connection: Any, units: int) -> tuple[ProjectFacts, UUID]:
    """A project of its own, since each is issued once."""
    supplier, verifier = [
        await connection.fetchval("SELECT id FROM users WHERE role = $1 LIMIT 1", role)
        for role in ("developer", "verifier")
    ]
    people = People(suppliers=[supplier], verifier=verifier, holders=[])
    rows = list(project_rows_of(1, people))
    await copy_rows(connection, "projects", rows)
    (verification_id,) = await add_verifications(connection, rows, people, [(units, CHAIN_VINTAGE)])
    return (await project_facts(connection))[-1], verification_id


async def _add(
    connection: Any,
    project: ProjectFacts,
    verification_id: UUID,
    retirements: int,
    random: Random,
) -> tuple[int, int]:
    """How many entries, and how many rows of all tables."""
    history = await _history(connection, project, verification_id, retirements, random)
    rows = rows_of([history], {project.id: project}, random)
    for table in ORDER:
        await copy_rows(connection, table, rows[table])
    await connection.execute(
        "INSERT INTO serial_counters (project_id, vintage, next_number) VALUES ($1, $2, $3)",
        project.id,
        CHAIN_VINTAGE,
        len(history.entries) + 1,
    )
    return len(history.entries), sum(map(len, rows.values()))


async def _history(
    connection: Any,
    project: ProjectFacts,
    verification_id: UUID,
    retirements: int,
    random: Random,
) -> History:
    units = retirements + LEFT_UNITS
    first = await connection.fetchval(
        "UPDATE unit_counter SET next_unit = next_unit + $1 RETURNING next_unit - $1", units
    )
    numbers = itertools.count(1)
    block = Block(
        project_id=project.id,
        verification_id=verification_id,
        owner_id=project.developer_id,
        units=UnitRange(first, first + units - 1),
        issued_at=_ISSUED_AT,
        pause_max=timedelta(minutes=1),
        next_serial=lambda: Serial(CHAIN_VINTAGE, project.number, next(numbers)),
    )
    return retired_in_a_row(block, retirements, random)
