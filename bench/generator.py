"""
A registry of any size, fast: `python -m bench.generator --entries 1000000 --database-url URL`.

Everything goes through COPY into the tables as they are, in transactions of some thousand entries:
every index, constraint and trigger sees each row, the deferred one that checks that children tile
their parent included. The database is migrated, and has no projects yet.

Rows lie on the disk in the order of their times, as in a registry that has grown: each chunk is the
next stretch of the registry's life, and credits are moved within the stretch that issued them.

Certificates have the size and the shape of real ones, but their signatures are random bytes.
"""

import argparse
import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from bench.generated_rows import ProjectFacts, rows_of
from bench.histories import MOVES_MAX, Block, History, history_of
from bench.population import (
    SUPPLIERS,
    VINTAGE,
    Holder,
    People,
    Rows,
    add_verifications,
    copy_rows,
    project_numbers,
    project_rows_of,
    user_rows,
)
from domain.identifiers import Serial
from domain.quantities import UnitRange

ENTRIES_PER_PROJECT = 7
"""Fewer than an issuance has on average, and a project has one: some are left over, approved and not issued."""
SPARE_PROJECTS = 40
ENTRIES_PER_HOLDER = 500
CHUNK_ENTRIES = 5_000
BLOCK_UNITS = (50_000, 5_000_000)
VINTAGES = range(VINTAGE - 4, VINTAGE + 1)
_BEGAN = datetime(2024, 1, 8, 8, 0, tzinfo=UTC)
_LIFE = timedelta(days=840)
# Parents before children: the foreign keys ask.
ORDER = (
    *("credit_entries", "retirements", "credit_transactions"),
    *("chain_transactions", "chain_records", "certificates"),
)


@dataclass(frozen=True)
class Generated:
    """`rows` are those of all tables together; what analysing took is not in `seconds`."""

    entries: int
    rows: int
    seconds: float

    def text(self) -> str:
        return (
            f"{self.entries:,} entries ({self.rows:,} rows in all) in {self.seconds:.0f} s: "
            f"{self.entries / self.seconds:,.0f} entries/s, {self.rows / self.seconds:,.0f} rows/s"
        )


async def generate(database_url: str, entries: int, *, seed: int = 1) -> Generated:
    """
    Raises:
    ValueError: there are projects in the database already.
    """
    connection = await asyncpg.connect(database_url)
    try:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM projects)"):
            raise ValueError("the database has projects already; generate into a new one")
        # Nobody waits for these rows to be on the disk; constraints are none the weaker for it.
        await connection.execute("SET synchronous_commit = off")
        maker = await _Maker.prepared(connection, entries, Random(seed))
        generated = await maker.run()
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return generated


@dataclass(frozen=True)
class Approval:
    """What one issuance will be."""

    project: ProjectFacts
    verification_id: UUID
    units: int
    vintage: int


@dataclass
class _Maker:
    connection: Any
    entries: int
    random: Random
    holders: Sequence[UUID]
    projects: Mapping[UUID, ProjectFacts]
    approvals: Iterator[Approval]
    next_unit: int
    made: int = 0
    counters: dict[tuple[UUID, int], int] = field(default_factory=lambda: defaultdict(lambda: 1))
    counted: set[tuple[UUID, int]] = field(default_factory=set)

    @classmethod
    async def prepared(cls, connection: Any, entries: int, random: Random) -> "_Maker":
        people = _people(entries, random)
        async with connection.transaction():
            await copy_rows(connection, "users", user_rows(people))
            rows = list(project_rows_of(entries // ENTRIES_PER_PROJECT + SPARE_PROJECTS, people))
            await copy_rows(connection, "projects", rows)
            approved = [(random.randint(*BLOCK_UNITS), random.choice(VINTAGES)) for _ in rows]
            verifications = await add_verifications(connection, rows, people, approved)
        projects = {project.id: project for project in await project_facts(connection)}
        return cls(
            connection=connection,
            entries=entries,
            random=random,
            holders=[holder.id for holder in people.holders],
            projects=projects,
            approvals=iter(
                [
                    Approval(projects[row["id"]], verification_id, units, vintage)
                    for row, verification_id, (units, vintage) in zip(
                        rows, verifications, approved, strict=True
                    )
                ]
            ),
            next_unit=await connection.fetchval("SELECT next_unit FROM unit_counter"),
        )

    async def run(self) -> Generated:
        """While the database takes one chunk, the next one is made."""
        began, rows, said = time.perf_counter(), 0, 0
        coming = asyncio.create_task(asyncio.to_thread(self._make))
        written = 0
        while written < self.entries:
            chunk = await coming
            written += chunk.entries
            coming = asyncio.create_task(asyncio.to_thread(self._make))
            await self._write(chunk)
            if rows == 0:
                # The guards plan their queries once for each session, and tables were empty.
                await self.connection.execute("ANALYZE")
            rows += sum(map(len, chunk.rows.values()))
            if written - said >= self.entries // 10:
                said, seconds = written, time.perf_counter() - began
                print(
                    f"  {written:,} of {self.entries:,} entries, {written / seconds:,.0f}/s",
                    flush=True,
                )
        return Generated(written, rows, time.perf_counter() - began)

    def _make(self) -> "_Chunk":
        entries = min(CHUNK_ENTRIES, self.entries - self.made)
        histories = list(self._histories(entries, self._stretch(entries)))
        chunk = _Chunk(
            entries=entries,
            rows=rows_of(histories, self.projects, self.random),
            next_unit=self.next_unit,
            counters=[(*counted, self.counters[counted]) for counted in self.counted],
        )
        self.counted.clear()
        self.made += entries
        return chunk

    def _stretch(self, entries: int) -> "_Stretch":
        each = _LIFE / self.entries
        return _Stretch(_BEGAN + each * self.made, each * entries)

    def _histories(self, entries: int, stretch: "_Stretch") -> Iterator[History]:
        while entries:
            block = self._block(stretch)
            history = history_of(block, self.holders, self.random, most=entries)
            entries -= len(history.entries)
            yield history

    def _block(self, stretch: "_Stretch") -> Block:
        approval = next(self.approvals, None)
        if approval is None:
            raise LookupError("there are fewer projects than issuances; raise SPARE_PROJECTS")
        project, vintage, units = approval.project, approval.vintage, approval.units
        self.next_unit += units

        def next_serial() -> Serial:
            number = self.counters[project.id, vintage]
            self.counters[project.id, vintage] = number + 1
            self.counted.add((project.id, vintage))
            return Serial(vintage, project.number, number)

        # Issued in the first half, so that its moves, however many, come to their end in the second.
        half = stretch.length / 2
        return Block(
            project_id=project.id,
            verification_id=approval.verification_id,
            owner_id=project.developer_id,
            units=UnitRange(self.next_unit - units, self.next_unit - 1),
            issued_at=stretch.begins + half * self.random.random(),
            pause_max=half / MOVES_MAX,
            next_serial=next_serial,
        )

    async def _write(self, chunk: "_Chunk") -> None:
        """One transaction, at whose end the deferred guards look at every entry."""
        async with self.connection.transaction():
            for table in ORDER:
                if chunk.rows[table]:
                    await copy_rows(self.connection, table, chunk.rows[table])
            await self.connection.execute("UPDATE unit_counter SET next_unit = $1", chunk.next_unit)
            await self.connection.executemany(_COUNTER, chunk.counters)


@dataclass(frozen=True)
class _Stretch:
    begins: datetime
    length: timedelta


@dataclass(frozen=True)
class _Chunk:
    """Rows for one transaction, and how far the counters are after them."""

    entries: int
    rows: dict[str, Rows]
    next_unit: int
    counters: Sequence[tuple[UUID, int, int]]


_COUNTER = """
    INSERT INTO serial_counters (project_id, vintage, next_number) VALUES ($1, $2, $3)
    ON CONFLICT (project_id, vintage) DO UPDATE SET next_number = excluded.next_number
"""


def _people(entries: int, random: Random) -> People:
    def id() -> UUID:
        return UUID(int=random.getrandbits(128), version=4)

    count = max(20, entries // ENTRIES_PER_HOLDER)
    return People(
        suppliers=[id() for _ in range(SUPPLIERS)],
        verifier=id(),
        holders=[Holder(id(), f"holder-{n}@bench.example") for n in range(1, count + 1)],
    )


async def project_facts(connection: Any) -> list[ProjectFacts]:
    numbers = dict(await project_numbers(connection))
    rows = await connection.fetch(
        """
        SELECT p.id, p.developer_id, p.title, p.type, p.country, v.sign_off_digest,
               array_agg(d.document_type ORDER BY d.document_type) AS document_types,
               array_agg(d.sha256 ORDER BY d.document_type) AS sha256s
          FROM projects p JOIN verification_requests v ON v.project_id = p.id
          JOIN documents d ON d.project_id = p.id
         GROUP BY p.id, v.id ORDER BY p.number
        """
    )
    return [ProjectFacts(number=numbers[row["id"]], **row) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.generator", description=__doc__)
    parser.add_argument("--entries", type=int, required=True, help="credit entries to make")
    parser.add_argument("--database-url", required=True, help="postgresql://..., as psql takes it")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another registry")
    chosen = parser.parse_args()
    generated = asyncio.run(generate(chosen.database_url, chosen.entries, seed=chosen.seed))
    print(generated.text())


if __name__ == "__main__":
    main()
