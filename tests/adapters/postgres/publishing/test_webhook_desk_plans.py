"""What the desk's page of webhooks reads, among 40,000 deliveries of which 60 did not arrive."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.publishing.reads import webhooks as reads_webhooks
from tests.factories import ADMINISTRATOR

ROWS = (
    f"""
    INSERT INTO webhooks (id, url, secret, events, active, created_by, created_at)
    SELECT gen_random_uuid(), 'https://receiver.example/' || n, 'sealed', '[]', true,
           '{ADMINISTRATOR.id}', now() - n * interval '1 day'
      FROM generate_series(1, 2) n
    """,
    """
    INSERT INTO outbox_events (id, name, payload, occurred_at)
    SELECT gen_random_uuid(), 'registry.frozen', '{}', now() - n * interval '1 minute'
      FROM generate_series(1, 20000) n
    """,
    """
    INSERT INTO webhook_deliveries (id, webhook_id, event_id, status, created_at)
    SELECT gen_random_uuid(), w.id, e.id,
           CASE WHEN e.position % 1000 = 7 THEN 'failed' WHEN e.position % 2000 = 8 THEN 'pending'
                ELSE 'delivered' END, e.occurred_at
      FROM webhooks w, outbox_events e
    """,
)


@pytest.fixture
async def crowded(engine: AsyncEngine) -> AsyncEngine:
    async with engine.begin() as connection:
        for statement in ROWS:
            await connection.execute(text(statement))
    async with engine.begin() as connection:
        await connection.execute(text("ANALYZE webhooks, outbox_events, webhook_deliveries"))
    return engine


@pytest.mark.parametrize(
    ("statement", "limits", "deliveries_read_max"),
    [
        (reads_webhooks.FAILED_DELIVERIES, {"limit": 50}, 50),
        (reads_webhooks.NEWEST_DELIVERIES, {"limit": 25}, 2 * 25),
        # All that did not arrive, and of each webhook's others the newest thousand.
        (reads_webhooks.WEBHOOK_SUMMARIES, {"limit": 50, "counted": 1_000}, 60 + 2 * 1_060),
    ],
    ids=["failed", "newest", "webhooks"],
)
async def test_the_desk_reads_no_more_deliveries_than_it_tells_of(
    crowded: AsyncEngine, statement: str, limits: dict[str, int], deliveries_read_max: int
) -> None:
    async with crowded.connect() as connection:
        plan = await connection.execute(
            text(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {statement}"), limits
        )
        looks = looks_at(plan.scalar_one()[0]["Plan"], "webhook_deliveries")

    assert 0 < sum(look["rows"] for look in looks) <= deliveries_read_max, looks
    assert {look["node"] for look in looks} <= {
        "Index Scan",
        "Index Only Scan",
        "Bitmap Heap Scan",
    }, looks


async def test_the_desk_counts_what_arrived_up_to_a_thousand(crowded: AsyncEngine) -> None:
    async with crowded.connect() as connection:
        lines = await reads_webhooks.webhook_summaries(connection, limit=50)
        failed = await reads_webhooks.newest_deliveries(connection, failed_only=True, limit=50)
        newest = await reads_webhooks.newest_deliveries(connection, failed_only=False, limit=25)

    assert [
        (line.url, line.pending, line.delivered, line.delivered_more, line.failed) for line in lines
    ] == [(f"https://receiver.example/{n}", 10, 1_000, True, 20) for n in (1, 2)]
    assert len(failed) == 40
    assert {line.status for line in failed} == {"failed"}
    for lines_shown in (failed, newest):
        moments = [line.created_at for line in lines_shown]
        assert moments == sorted(moments, reverse=True)
    assert {line.created_at for line in newest} == set(await newest_moments(crowded, 13))


async def newest_moments(engine: AsyncEngine, count: int) -> list[Any]:
    """Of the events: each has a delivery to both."""
    async with engine.connect() as connection:
        found = await connection.execute(
            text("SELECT occurred_at FROM outbox_events ORDER BY occurred_at DESC LIMIT :count"),
            {"count": count},
        )
        return list(found.scalars())


def looks_at(plan: dict[str, Any], table: str) -> list[dict[str, Any]]:
    """How a plan looks at a table, and how many of its rows it meets, those it drops among them."""
    found = [look for child in plan.get("Plans", ()) for look in looks_at(child, table)]
    if plan.get("Relation Name") == table:
        met = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        found.append({"node": plan["Node Type"], "rows": met * plan["Actual Loops"]})
    return found
