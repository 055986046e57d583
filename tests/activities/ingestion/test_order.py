"""Records stand in the order of their rows, whether a row was read in columns or by itself."""

from sqlalchemy.ext.asyncio import AsyncEngine

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
