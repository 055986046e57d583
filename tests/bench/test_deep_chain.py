"""A chain of retirements in a generated registry is one that the database and the ledger accept."""

import asyncpg

from bench.deep_chain import CHAIN_VINTAGE, LEFT_UNITS, add_chain
from bench.generator import generate

DEPTH = """
    WITH RECURSIVE down AS (
        SELECT id, 0 AS depth FROM credit_entries
         WHERE vintage = $1 AND parent_id IS NULL
        UNION ALL
        SELECT e.id, down.depth + 1 FROM down JOIN credit_entries e ON e.parent_id = down.id
    )
    SELECT e.serial, down.depth, e.quantity_units
      FROM down JOIN credit_entries e USING (id) WHERE e.status = 'active'
"""
STORY = """
    SELECT (SELECT count(*) FROM credit_entries) AS entries,
           (SELECT count(*) FROM retirements r JOIN certificates c ON c.retirement_id = r.id)
               = (SELECT count(*) FROM retirements) AS each_has_a_certificate,
           (SELECT count(*) FROM chain_records) = (SELECT count(*) FROM credit_transactions)
               AS each_has_a_record,
           (SELECT sum(quantity_units) FROM credit_entries WHERE parent_id IS NULL)
               = (SELECT sum(quantity_units) FROM credit_entries
                   WHERE status NOT IN ('split', 'transferred')) AS nothing_is_lost,
           (SELECT next_unit FROM unit_counter)
               = (SELECT max(upper(units)) FROM credit_entries) AS unit_counter_follows,
           (SELECT next_number FROM serial_counters WHERE vintage = $1) AS next_number
"""


async def test_what_is_left_over_lies_as_deep_as_there_were_retirements(database_url: str) -> None:
    await generate(database_url, 500)

    chain = await add_chain(database_url, 60)

    connection = await asyncpg.connect(database_url)
    (left_over,) = await connection.fetch(DEPTH, CHAIN_VINTAGE)
    number = await connection.fetchval(
        "SELECT number FROM projects WHERE id = $1", chain.project_id
    )
    story = dict(await connection.fetchrow(STORY, CHAIN_VINTAGE))
    await connection.close()
    assert dict(left_over) == {
        "serial": f"KRB-2019-{number:03d}-000121",
        "depth": 60,
        "quantity_units": LEFT_UNITS,
    }
    assert story == {
        "entries": 500 + 121,
        "each_has_a_certificate": True,
        "each_has_a_record": True,
        "nothing_is_lost": True,
        "unit_counter_follows": True,
        "next_number": 122,
    }
    assert (chain.retirements, chain.generated.entries) == (60, 121)
