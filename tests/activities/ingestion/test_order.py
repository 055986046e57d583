"""Records stand in the order of their rows, whether a row was read in columns or by itself."""

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.ingestion.chunks import CHUNK_ROWS_BEFORE
from tests.activities.ingestion.test_submissions import ended, lines, sent, table
from tests.activities.registry import Registry


async def test_records_stand_in_the_order_of_their_rows(
    registry: Registry, engine: AsyncEngine
) -> None:
    rows = [
        *("example,EX1,5,", 'example,"EX\\1 ""a""\t%s",6,EX-1-1-6', "example,EX1,7,"),
        *("example,EX1,five,", "example,EX1,8,EX-1-7-14", "example,EX1,9,"),
    ]
    submission = await sent(registry, table(*rows), accept_partly=True)

    found = await ended(registry, engine, submission)

    assert (found.status, found.records_accepted) == ("partly_accepted", 5)
    assert await lines(engine, submission) == [2, 3, 4, 6, 7]


async def test_a_file_whose_first_part_a_former_release_stored_goes_on_in_parts_of_that_size(
    registry: Registry, engine: AsyncEngine
) -> None:
    submission = await sent(registry, table(*(f"example,EX{n},1," for n in range(4_500))))
    async with registry.database.transaction() as work:
        await work.ingestion.submissions.add_chunk(
            submission.id, 0, rows=CHUNK_ROWS_BEFORE, records=[], issues=[], faulty=[]
        )

    found = await ended(registry, engine, submission)

    assert (found.status, found.rows_read, found.records_accepted) == ("accepted", 4_500, 2_500)
    async with registry.database.transaction() as work:
        assert await work.ingestion.submissions.chunks(submission.id) == {
            0: 2_000,
            1: 2_000,
            2: 500,
        }
    assert (await lines(engine, submission))[0] == 2_002
