"""The open data, printed by a real PostgreSQL: whole, in order, and safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.publishing.open_data import CREDITS_PER_CHUNK, PostgresOpenData
from adapters.postgres.publishing.open_data_columns import SOURCES
from domain.publishing.open_data import Dataset, FileFormat
from tests.api.registry_rows import RegistryRows

NASTY = 'He said "=1+1", then\nleft; naïve 🌍, \\ and :name'


@pytest.fixture
def rows(engine: AsyncEngine) -> RegistryRows:
    return RegistryRows(engine)


async def written(engine: AsyncEngine, dataset: Dataset, format: FileFormat) -> bytes:
    async with PostgresOpenData(engine).snapshot() as snapshot:
        return b"".join([chunk.content async for chunk in snapshot.chunks(dataset, format)])


async def csv_rows(engine: AsyncEngine, dataset: Dataset) -> list[dict[str, str]]:
    content = (await written(engine, dataset, FileFormat.CSV)).decode()
    return list(csv.DictReader(io.StringIO(content, newline=""), strict=True))


async def json_rows(engine: AsyncEngine, dataset: Dataset) -> list[dict[str, Any]]:
    content = (await written(engine, dataset, FileFormat.JSONL)).decode()
    return [json.loads(line, parse_float=str) for line in content.split("\n") if line]


@pytest.mark.parametrize("dataset", Dataset)
async def test_an_empty_registry_has_headers_and_nothing_else(
    engine: AsyncEngine, dataset: Dataset
) -> None:
    header = ",".join(column.name for column in SOURCES[dataset].columns)

    assert (await written(engine, dataset, FileFormat.CSV)).decode() == header + "\r\n"
    assert await written(engine, dataset, FileFormat.JSONL) == b""


async def test_a_credit_says_where_it_came_from_and_which_units_it_has(
    engine: AsyncEngine, rows: RegistryRows
) -> None:
    await rows.retirement(await rows.project(), 25_050)

    assert await json_rows(engine, Dataset.CREDITS) == [
        {
            "serial": serial,
            "projectId": project_id,
            "quantity": quantity,
            "vintage": 2024,
            "status": status,
            "units": {"first": first, "last": last},
            "issuedAt": issued_at,
            "lastActionAt": last_action_at,
            "parentSerial": parent,
            "suspendedFor": None,
            "labels": "",
        }
        for (serial, quantity, status, first, last, parent), (
            project_id,
            issued_at,
            last_action_at,
        ) in zip(
            [
                ("KRB-2024-001-000001", "5000.00", "split", 1, 500_000, None),
                ("KRB-2024-001-000002", "250.50", "retired", 1, 25_050, "KRB-2024-001-000001"),
                (
                    "KRB-2024-001-000003",
                    "4749.50",
                    "active",
                    25_051,
                    500_000,
                    "KRB-2024-001-000001",
                ),
            ],
            await _identities(engine),
            strict=True,
        )
    ]


async def test_both_formats_say_the_same(engine: AsyncEngine, rows: RegistryRows) -> None:
    await rows.retirement(await rows.project(), chain="queued")
    await rows.retirement(await rows.project(title="Another"), beneficiary=None)

    for dataset in Dataset:
        from_csv = await csv_rows(engine, dataset)
        from_json = [flat(row) for row in await json_rows(engine, dataset)]

        assert from_csv == from_json
        assert list(from_csv[0]) == [column.name for column in SOURCES[dataset].columns]


async def test_whatever_somebody_typed_comes_back_whole(
    engine: AsyncEngine, rows: RegistryRows
) -> None:
    await rows.project(description=NASTY)

    assert (await json_rows(engine, Dataset.PROJECTS))[0]["description"] == NASTY
    assert (await csv_rows(engine, Dataset.PROJECTS))[0]["description"] == NASTY


@pytest.mark.parametrize(("stored", "shown"), [
    ("infinity", "9999-12-31"), ("-infinity", "0001-01-01"), ("0001-01-01", "0001-01-01"),
    ("2023-06-01", "2023-06-01"),
])  # fmt: skip
async def test_a_project_of_before_there_were_bounds_begins_on_a_day(
    engine: AsyncEngine, rows: RegistryRows, stored: str, shown: str
) -> None:
    """As the first and the last day that Python knows were written down once."""
    await rows.project()
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE projects DISABLE TRIGGER USER"))
        await connection.execute(text(f"UPDATE projects SET start_date = '{stored}'"))
        await connection.execute(text("ALTER TABLE projects ENABLE TRIGGER USER"))

    assert (await json_rows(engine, Dataset.PROJECTS))[0]["startDate"] == shown
    assert (await csv_rows(engine, Dataset.PROJECTS))[0]["startDate"] == shown


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        '=HYPERLINK("x")',
        "\N{FULLWIDTH EQUALS SIGN}1",
        "\N{FULLWIDTH PLUS SIGN}1",
        "\N{FULLWIDTH HYPHEN-MINUS}1",
        "\N{FULLWIDTH COMMERCIAL AT}A",
    ],
)
async def test_a_spreadsheet_finds_no_formula(
    engine: AsyncEngine, rows: RegistryRows, typed: str
) -> None:
    await rows.project(description=typed)

    assert (await csv_rows(engine, Dataset.PROJECTS))[0]["description"] == "'" + typed
    assert (await json_rows(engine, Dataset.PROJECTS))[0]["description"] == typed


async def test_a_number_below_zero_stays_a_number(engine: AsyncEngine, rows: RegistryRows) -> None:
    await rows.project(longitude="-54.18")

    (row,) = await csv_rows(engine, Dataset.PROJECTS)

    assert Decimal(row["coordinates.longitude"]) == Decimal("-54.18")


async def test_a_file_is_of_one_moment_though_the_registry_moves_on(
    engine: AsyncEngine, rows: RegistryRows
) -> None:
    await rows.project()
    async with PostgresOpenData(engine).snapshot() as snapshot:
        before = await snapshot.sums()

        await rows.retirement(await rows.project())

        assert await snapshot.sums() == before
        assert len(await _lines(snapshot.chunks(Dataset.CREDITS, FileFormat.JSONL))) == 1
    assert len(await json_rows(engine, Dataset.CREDITS)) == 4


async def test_many_rows_come_in_small_chunks_that_count_them(
    engine: AsyncEngine, rows: RegistryRows
) -> None:
    project = await rows.project()
    async with engine.begin() as connection:
        # Straight to the table: what is tested is the reading of many rows.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            text(
                "INSERT INTO credit_entries (id, serial, project_id, owner_id, units, vintage,"
                " status, issued_at, last_action_at)"
                " SELECT gen_random_uuid(), 'KRB-2024-001-' || lpad((n + 1)::text, 6, '0'), :project,"
                " :owner, int8range(500000 + n, 500001 + n), 2024, 'active', now(), now()"
                " FROM generate_series(1, 1999) n"
            ),
            {"project": project.id, "owner": project.supplier_id},
        )

    async with PostgresOpenData(engine).snapshot() as snapshot:
        counts = [c.rows async for c in snapshot.chunks(Dataset.CREDITS, FileFormat.JSONL)]

    assert sum(counts) == 2000
    assert max(counts) == CREDITS_PER_CHUNK
    serials = [row["serial"] for row in await json_rows(engine, Dataset.CREDITS)]
    assert serials == sorted(serials)
    assert len(set(serials)) == 2000


def flat(row: dict[str, Any]) -> dict[str, str]:
    """As CSV writes it: a dot for each level, and nothing for null."""
    cells: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            cells |= {f"{name}.{inner}": cell for inner, cell in flat(value).items()}
        else:
            cells[name] = "" if value is None else str(value)
    return cells


async def _lines(chunks: AsyncIterator[Any]) -> list[bytes]:
    return b"".join([chunk.content async for chunk in chunks]).splitlines()


async def _identities(engine: AsyncEngine) -> list[tuple[str, str, str]]:
    """What the rows' maker chose by itself, as the API prints it."""
    async with engine.connect() as connection:
        found = await connection.execute(
            text("SELECT project_id, issued_at, last_action_at FROM credit_entries ORDER BY serial")
        )
        return [
            (str(row.project_id), printed(row.issued_at), printed(row.last_action_at))
            for row in found
        ]


def printed(at: Any) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"
