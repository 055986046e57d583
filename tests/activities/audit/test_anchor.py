"""Anchoring the audit log: its head goes to the chain once for each new head, and never twice."""

import asyncio
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.audit.anchor import AnchorAuditLog, AuditLogAnchored
from activities.chain.anchoring import FollowChain
from adapters.postgres.tables import audit_head, chain_records
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED
from domain.chain.transactions import METADATA_LABEL
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.factories import NOW, named

WORKFLOW_ID = "audit-anchor-2026-03-01T00:00:00Z"


async def anchor(registry: Registry, name: str = "anchor") -> AuditLogAnchored:
    request = AnchorAuditLog(anchor_id=named(name), waiting_workflow_id=WORKFLOW_ID)
    return await run(registry.audit.anchor_audit_log, request)


async def head_of(engine: AsyncEngine) -> tuple[int, str]:
    async with engine.connect() as connection:
        row = (await connection.execute(select(audit_head.c.seq, audit_head.c.hash))).one()
        return row.seq, row.hash


async def anchors_of(engine: AsyncEngine) -> list[dict[str, Any]]:
    async with engine.connect() as connection:
        rows = await connection.execute(
            select(chain_records)
            .where(chain_records.c.kind == "audit")
            .order_by(chain_records.c.audit_seq)
        )
        return [dict(row) for row in rows.mappings()]


async def test_an_empty_log_has_nothing_to_anchor(registry: Registry, engine: AsyncEngine) -> None:
    assert await anchor(registry) == AuditLogAnchored(seq=0)

    assert await anchors_of(engine) == []


async def test_the_heads_number_and_hash_are_queued_for_the_chain(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    seq, hash = await head_of(engine)

    anchored = await anchor(registry)

    (row,) = await anchors_of(engine)
    assert anchored == AuditLogAnchored(seq=seq, record_id=row["id"])
    assert (row["audit_seq"], row["transaction_id"], row["status"]) == (seq, None, "queued")
    assert row["waiting_workflow_id"] == WORKFLOW_ID
    assert row["record"] == {
        "msg": ["Karbonica Audit Log"],
        "seq": seq,
        "hash": hash,
        "timestamp": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


async def test_a_log_that_did_not_grow_is_not_anchored_again(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    first = await anchor(registry)

    assert await anchor(registry, "next day") == AuditLogAnchored(seq=first.seq)

    assert len(await anchors_of(engine)) == 1


async def test_a_log_that_grew_is_anchored_further_on(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    first = await anchor(registry)
    await run(registry.retirement.retire_units, story.RETIRE)

    second = await anchor(registry, "next day")

    assert second.seq > first.seq
    assert [row["audit_seq"] for row in await anchors_of(engine)] == [first.seq, second.seq]


async def test_two_runs_at_once_leave_one_anchor(registry: Registry, engine: AsyncEngine) -> None:
    await story.credits_are_issued(registry)

    await asyncio.gather(anchor(registry), anchor(registry, "by hand"), return_exceptions=True)

    assert len(await anchors_of(engine)) == 1


async def test_an_anchor_reaches_the_chain_as_other_records_do_and_who_waits_is_told(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    anchored = await anchor(registry)

    await story.everything_is_sent(registry)
    registry.chain.mine(1 + CONFIRMATIONS_REQUIRED)
    followed = await run(registry.on_chain.follow_chain, FollowChain())

    (row,) = await anchors_of(engine)
    assert row["status"] == "confirmed"
    found = await registry.chain.metadata(row["tx_hash"])
    records = found[str(METADATA_LABEL)].get("records", [found[str(METADATA_LABEL)]])
    assert row["record"] in records
    assert (anchored.record_id, WORKFLOW_ID) in [
        (told.record_id, told.workflow_id) for told in followed.confirmed
    ]
