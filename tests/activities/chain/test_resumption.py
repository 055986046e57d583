"""Resuming a parked record: it goes out, once, and the audit log says who sent it on and why."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.chain.resumption import ResumeRecord
from domain.errors import Conflict, Forbidden, NotFound
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.activities.story import RESUME
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, BUYER, named


async def test_a_resumed_record_is_written_to_the_chain(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_resumption_is_requested_for(registry)

    await run(registry.resumption.resume_record, RESUME)
    (tx_hash,) = await story.everything_is_sent(registry)

    (record,) = (await snapshot(engine))["chain_records"]
    assert (record["status"], record["park_reason"], record["tx_hash"]) == (
        "submitted",
        None,
        tx_hash,
    )


async def test_the_audit_log_says_who_resumed_it_and_why(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_resumption_is_requested_for(registry)

    await run(registry.resumption.resume_record, RESUME)

    entry = (await snapshot(engine))["audit_logs"][-1]
    assert (entry["event_type"], entry["user_id"], entry["resource_id"]) == (
        "chain.record_resumed",
        str(ADMINISTRATOR.id),
        str(story.ISSUANCE_RECORD_ID),
    )
    assert entry["changes"] == {
        "before": {"status": "parked", "parkReason": story.PARK_REASON},
        "after": {"status": "queued", "reason": "Texts are split now; deployed."},
    }


@pytest.mark.parametrize(
    ("request_sent", "refusal"),
    [
        (RESUME.model_copy(update={"record_id": named("no such record")}), NotFound),
        (RESUME.model_copy(update={"actor_id": BUYER.id}), Forbidden),
    ],
    ids=["no such record", "not staff"],
)
async def test_a_refusal_changes_nothing(
    registry: Registry,
    engine: AsyncEngine,
    request_sent: ResumeRecord,
    refusal: type[Exception],
) -> None:
    await story.a_resumption_is_requested_for(registry)
    before = await snapshot(engine)

    with pytest.raises(refusal):
        await run(registry.resumption.resume_record, request_sent)

    assert changed_tables(before, await snapshot(engine)) == set()


async def test_a_record_that_was_resumed_cannot_be_resumed_by_another_request(
    registry: Registry,
) -> None:
    await story.a_resumption_is_requested_for(registry)
    again = RESUME.model_copy(update={"operation_id": named("another resumption")})
    await run(registry.resumption.resume_record, RESUME)
    async with registry.database.transaction() as work:
        body = await work.requests.stored_requests.body(RESUME.operation_id)
        assert body is not None
        await work.requests.stored_requests.add(again.operation_id, ADMINISTRATOR.id, body)

    with pytest.raises(Conflict):
        await run(registry.resumption.resume_record, again)
