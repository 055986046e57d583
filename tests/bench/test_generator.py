"""The generated registry is one that the ledger's own checks accept."""

import asyncpg
import pytest

from bench.generator import generate

STORY = """
    SELECT (SELECT count(*) FROM credit_entries) AS entries,
           (SELECT count(*) FROM credit_entries WHERE parent_id IS NOT NULL) > 0 AS has_children,
           (SELECT count(*) FROM retirements r JOIN certificates c ON c.retirement_id = r.id)
               = (SELECT count(*) FROM retirements) AS each_has_a_certificate,
           (SELECT count(*) FROM chain_records) = (SELECT count(*) FROM credit_transactions)
               AS each_has_a_record,
           (SELECT sum(quantity_units) FROM credit_entries WHERE parent_id IS NULL)
               = (SELECT sum(quantity_units) FROM credit_entries
                   WHERE status NOT IN ('split', 'transferred')) AS nothing_is_lost,
           (SELECT next_unit FROM unit_counter)
               = (SELECT max(upper(units)) FROM credit_entries) AS counter_follows
"""


async def test_it_has_as_many_entries_as_asked_for_and_loses_nothing(database_url: str) -> None:
    generated = await generate(database_url, 1_200)

    connection = await asyncpg.connect(database_url)
    story = dict(await connection.fetchrow(STORY))
    await connection.close()
    assert story == {
        "entries": 1_200,
        "has_children": True,
        "each_has_a_certificate": True,
        "each_has_a_record": True,
        "nothing_is_lost": True,
        "counter_follows": True,
    }
    assert generated.entries == 1_200
    with pytest.raises(ValueError, match="projects already"):
        await generate(database_url, 1)
