"""
The open data of an empty registry: the same tests on the fake and on PostgreSQL.

What rows look like is in test_export.py; the fake has none.
"""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ports.publishing import OpenData
from adapters.postgres.publishing.open_data import PostgresOpenData
from domain.publishing.open_data import Dataset, FileFormat
from tests.fakes.open_data import NothingToExport


@pytest.fixture(params=["fake", "postgres"])
def open_data(request: pytest.FixtureRequest) -> OpenData:
    if request.param == "fake":
        return NothingToExport()
    engine: AsyncEngine = request.getfixturevalue("engine")
    return PostgresOpenData(engine)


async def test_nothing_adds_up_to_no_parts(open_data: OpenData) -> None:
    async with open_data.snapshot() as snapshot:
        assert list(await snapshot.sums()) == []


@pytest.mark.parametrize("dataset", Dataset)
async def test_a_csv_is_one_line_of_names_which_is_no_row(
    open_data: OpenData, dataset: Dataset
) -> None:
    async with open_data.snapshot() as snapshot:
        (header,) = [chunk async for chunk in snapshot.chunks(dataset, FileFormat.CSV)]

    assert header.rows == 0
    assert header.content.endswith(b"\r\n")
    assert header.content.count(b"\n") == 1


@pytest.mark.parametrize("dataset", Dataset)
async def test_lines_of_json_are_none_at_all(open_data: OpenData, dataset: Dataset) -> None:
    async with open_data.snapshot() as snapshot:
        assert [chunk async for chunk in snapshot.chunks(dataset, FileFormat.JSONL)] == []


async def test_a_snapshot_may_be_read_in_any_order_and_again(open_data: OpenData) -> None:
    async with open_data.snapshot() as snapshot:
        first = [chunk async for chunk in snapshot.chunks(Dataset.CREDITS, FileFormat.CSV)]
        await snapshot.sums()
        again = [chunk async for chunk in snapshot.chunks(Dataset.CREDITS, FileFormat.CSV)]

    assert first == again != []
