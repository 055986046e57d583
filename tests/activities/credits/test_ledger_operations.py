"""Cancelling, the buffer, reversals and retirements of several entries, on a real database."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.certificates.certificates import SealCertificate
from activities.chain.anchoring import FollowChain
from activities.credits.reversal import ListNotices
from adapters.postgres.credits.reads import reversals as reads_reversals
from adapters.postgres.credits.reads import touches as reads_touches
from adapters.postgres.credits.reads.reversals import TouchedCertificateView
from adapters.postgres.queries import PageRequest
from adapters.postgres.tables import audit_logs, notifications, outbox_events
from adapters.signing.certificate_signature import verify_signature
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.certificates.check_results import ChainFacts, TrustedAddress, TrustedKey
from domain.certificates.checks import check_document, stated_blocks, verdict
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED
from domain.credits.ledger import Conservation, CreditEntry, EntryStatus
from domain.errors import (
    Conflict,
    Forbidden,
    InsufficientCredits,
    Invalid,
    NotActive,
    NotFound,
    Refusal,
)
from domain.identifiers import Serial
from tests.activities import story
from tests.activities.credits.test_statements import round_trips_of
from tests.activities.registry import SIGNER, WALLET, Registry, keep_draft, run
from tests.activities.test_refusals import but, sum_of
from tests.activities.use_cases import USE_CASES
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, named
from tests.many_rows import retire_unit_by_unit


async def entry_of(registry: Registry, serial: str) -> CreditEntry:
    async with registry.database.transaction() as work:
        found = await work.credits.entries.lock(Serial.parse(serial))
    assert found is not None
    return found


async def published(engine: AsyncEngine) -> list[tuple[str, dict[str, Any]]]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(outbox_events).order_by(outbox_events.c.position))
        return [(row.name, row.payload) for row in rows]


async def test_a_part_is_cancelled_and_its_holder_is_told(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_cancellation_is_requested_for(registry)

    answer = await run(registry.cancellation.cancel_credits, story.CANCEL)

    assert await sum_of(engine) == Conservation(100_000, 95_000, 0, 5_000, 0, 0, 0)
    assert (await entry_of(registry, answer.serial)).status is EntryStatus.CANCELLED
    assert len(answer.notification_ids) == 1
    name, payload = (await published(engine))[-1]
    assert (name, payload["serial"], payload["quantity"]) == (
        "credits.cancelled",
        answer.serial,
        "50.00",
    )


async def test_an_issuance_with_a_buffer_makes_two_entries_side_by_side(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued_with_a_buffer(registry)

    held_back = await entry_of(registry, story.BUFFERED_SERIAL)
    issued = await entry_of(registry, story.ISSUED_SERIAL)

    assert (held_back.status, held_back.owner_id, held_back.parent_id) == (
        EntryStatus.BUFFER,
        REGISTRY_ACCOUNT_ID,
        None,
    )
    assert (issued.units.first, issued.units.last) == (1, 90_000)
    assert (held_back.units.first, held_back.units.last) == (90_001, 100_000)
    assert await sum_of(engine) == Conservation(100_000, 80_000, 10_000, 0, 10_000, 0, 0)


async def test_the_audit_log_tells_of_the_buffers_part_before_the_issuance(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued_with_a_buffer(registry)

    async with engine.connect() as connection:
        logged = (
            await connection.scalars(select(audit_logs.c.event_type).order_by(audit_logs.c.seq))
        ).all()
    assert [name for name in logged if name in {"credits.issued", "buffer.contributed"}][-2:] == [
        "buffer.contributed",
        "credits.issued",
    ]


async def test_what_the_buffer_releases_is_the_developers(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued_with_a_buffer(registry)

    answer = await run(registry.buffer.release_buffer, story.RELEASE)

    released = await entry_of(registry, answer.serial)
    assert (released.status, released.owner_id) == (EntryStatus.ACTIVE, DEVELOPER.id)
    assert await sum_of(engine) == Conservation(100_000, 84_000, 10_000, 0, 6_000, 0, 0)


async def test_a_reversal_says_what_stands_for_each_touched_retirement(
    registry: Registry, engine: AsyncEngine
) -> None:
    """250.00 t are lost; 100.00 t are in the buffer; 100.00 t are retired."""
    await story.credits_are_issued_with_a_buffer(registry)

    answer = await run(registry.reversal.record_reversal, story.REVERSE)

    async with engine.connect() as connection:
        seen = await reads_reversals.reversal(connection, story.REVERSE.reversal_id)
        touches = await reads_touches.touches(connection, [story.RETIREMENT_ID])
        told = (
            await connection.execute(
                select(notifications.c.user_id, notifications.c.link).where(
                    notifications.c.kind == "retirement_reversed"
                )
            )
        ).all()
    assert seen is not None
    assert (answer.covered_units, seen.covered_units) == (10_000, 10_000)
    assert [line.serial for line in seen.cancelled] == [story.BUFFERED_SERIAL]
    (touch,) = touches[story.RETIREMENT_ID]
    assert touch.touched_units == 10_000
    assert [(u.first, u.last) for u in touch.covered_by] == [(90_001, 100_000)]
    assert told == [(DEVELOPER.id, f"/retirements/{story.RETIREMENT_ID}")]
    assert await sum_of(engine) == Conservation(100_000, 65_000, 10_000, 10_000, 0, 15_000, 0)
    name, payload = (await published(engine))[-1]
    assert (name, payload["quantity"], payload["coveredQuantity"]) == (
        "reversal.recorded",
        "250.00",
        "100.00",
    )


async def test_a_reversal_beside_a_release_finds_what_the_release_leaves(
    registry: Registry, engine: AsyncEngine
) -> None:
    """The buffer is one entry, and the reversal waits for the release that splits it."""
    await story.credits_are_issued_with_a_buffer(registry)

    async with registry.database.transaction() as work:
        await work.credits.entries.lock(Serial.parse(story.BUFFERED_SERIAL))
        release = asyncio.create_task(run(registry.buffer.release_buffer, story.RELEASE))
        await _waiting(engine, 1)
        reversal = asyncio.create_task(run(registry.reversal.record_reversal, story.REVERSE))
        await _waiting(engine, 2)
    await release
    answer = await reversal

    assert answer.covered_units == 6_000
    assert await sum_of(engine) == Conservation(100_000, 65_000, 10_000, 6_000, 0, 19_000, 0)


async def _waiting(engine: AsyncEngine, count: int) -> None:
    """So many transactions wait for another to end."""
    waiting = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
    async with engine.connect() as connection:
        for _ in range(500):
            if (await connection.execute(waiting)).scalar_one() == count:
                return
            await asyncio.sleep(0.01)
    raise AssertionError(f"there were never {count} that waited")


async def test_a_reversal_that_touches_five_thousand_retirements_is_few_statements(
    registry: Registry, engine: AsyncEngine
) -> None:
    """90.00 t of the buffer stand for 5,000 retirements of 0.01 t and one of 100.00 t."""
    await story.credits_are_issued_with_a_buffer(registry)
    remainder = await entry_of(registry, "KRB-2024-001-000004")
    await retire_unit_by_unit(engine, remainder, 5_000)
    everything = but(story.REVERSE, quantity_units=100_000)
    with round_trips_of(engine) as round_trips:
        answer = await run(registry.activity("reversal.record_reversal"), everything)

    # Their holder is told of each, of what is suspended, and by itself of what is owed.
    assert (answer.notices, len(answer.notification_ids)) == (5_002, 1)
    assert len(answer.model_dump_json()) < 1_000
    assert len(round_trips) < 40
    listed = [
        await run(
            registry.reversal.list_notices,
            ListNotices(reversal_id=answer.reversal_id, first=first, count=100),
        )
        for first in range(0, answer.notices, 100)
    ]
    named_once = {one for batch in listed for one in batch.notification_ids}
    async with engine.connect() as connection:
        told = await connection.execute(
            select(notifications.c.id).where(
                notifications.c.kind.in_(["retirement_reversed", "credits_suspended"])
            )
        )
        assert set(told.scalars()) == named_once
        seen = await reads_reversals.reversal(connection, answer.reversal_id)
        parts = await all_parts(connection, answer.reversal_id, limit=2_000)
    assert len(named_once) == 5_002
    assert seen is not None
    assert (seen.certificates_total, seen.cancelled_total, seen.covered_units) == (5_001, 1, 10_000)
    assert list(seen.certificates) == parts[0][:100]
    whole = [certificate for part in parts for certificate in part]
    assert [len(part) for part in parts] == [2_000, 2_000, 1_001]
    assert len({certificate.retirement_id for certificate in whole}) == 5_001
    assert sum(certificate.touched_units for certificate in whole) == 15_000
    assert sum(certificate.covered_units for certificate in whole) == 10_000
    name, payload = (await published(engine))[-1]
    assert name == "reversal.recorded"
    assert (len(payload["certificates"]), payload["certificatesTotal"]) == (1_000, 5_001)
    assert payload["certificates"][0] == {
        "retirementId": str(story.RETIREMENT_ID),
        "touchedQuantity": "100.00",
        "coveredQuantity": "100.00",
    }
    assert [one["retirementId"] for one in payload["certificates"]] == [
        str(certificate.retirement_id) for certificate in whole[:1_000]
    ]


async def all_parts(
    connection: AsyncConnection, reversal_id: UUID, *, limit: int
) -> list[list[TouchedCertificateView]]:
    """A reversal's certificates as a reader pages through them."""
    parts: list[list[TouchedCertificateView]] = []
    after = None
    while True:
        part = PageRequest(limit, newest_first=False, after=after)
        rows = list(await reads_reversals.certificates_page(connection, reversal_id, part))
        parts.append(rows[:limit])
        if len(rows) <= limit:
            return parts
        after = (rows[limit - 1].retired_at, rows[limit - 1].retirement_id)


async def test_a_second_reversal_touches_nothing_twice_and_says_that_nothing_is_left(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued_with_a_buffer(registry)
    smaller = but(story.REVERSE, quantity_units=4_000)
    again = but(story.REVERSE, reversal_id=named("second reversal"), vintage=None)
    async with registry.database.transaction() as work:
        draft = await work.requests.stored_requests.body(story.REVERSE.reversal_id)
        assert draft is not None
        await work.requests.stored_requests.add(named("second reversal"), ADMINISTRATOR.id, draft)

    await run(registry.activity("reversal.record_reversal"), smaller)
    await run(registry.activity("reversal.record_reversal"), again)

    async with engine.connect() as connection:
        touches = await reads_touches.touches(connection, [story.RETIREMENT_ID])
        second = await reads_reversals.reversal(connection, named("second reversal"))
    assert {touch.touched_units for touch in touches[story.RETIREMENT_ID]} == {4_000, 6_000}
    assert second is not None
    assert second.covered_units == 6_000
    assert (await sum_of(engine)).holds


async def test_a_sealed_certificate_stays_as_it_is_when_its_credits_are_reversed(
    registry: Registry,
) -> None:
    await story.credits_are_issued_with_a_buffer(registry)
    await story.everything_is_sent(registry)
    registry.chain.mine(1 + CONFIRMATIONS_REQUIRED)
    await run(registry.on_chain.follow_chain, FollowChain())
    await run(
        registry.certificates.seal_certificate, SealCertificate(retirement_id=story.RETIREMENT_ID)
    )
    async with registry.database.transaction() as work:
        before = await work.certificates.lock(story.RETIREMENT_ID)

    await run(registry.reversal.record_reversal, story.REVERSE)

    async with registry.database.transaction() as work:
        assert await work.certificates.lock(story.RETIREMENT_ID) == before


async def test_several_entries_are_retired_in_one_with_a_record_for_each(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_buyer_holds_two_entries(registry)

    answer = await run(registry.retirement.retire_units, story.RETIRE_LINES)

    assert len(set(answer.record_ids)) == 2
    assert answer.record_id in answer.record_ids
    assert await sum_of(engine) == Conservation(100_000, 50_000, 50_000, 0, 0, 0, 0)
    async with registry.database.transaction() as work:
        stored = await work.certificates.lock(story.RETIRE_LINES.retirement_id)
    assert stored is not None
    document = json.loads(stored.document)
    assert (document["version"], document["quantity"], len(document["credits"])) == (
        3,
        "500.00",
        2,
    )


async def test_a_certificate_of_several_is_sealed_when_the_last_record_is_confirmed(
    registry: Registry,
) -> None:
    retirement_id = story.RETIRE_LINES.retirement_id
    await story.a_buyer_holds_two_entries(registry)
    await run(registry.retirement.retire_units, story.RETIRE_LINES)
    await story.everything_is_sent(registry)
    seal = SealCertificate(retirement_id=retirement_id)
    with pytest.raises(ApplicationError, match="deep enough"):
        await run(registry.certificates.seal_certificate, seal)
    registry.chain.mine(1 + CONFIRMATIONS_REQUIRED)
    await run(registry.on_chain.follow_chain, FollowChain())

    await run(registry.certificates.seal_certificate, seal)

    async with registry.database.transaction() as work:
        stored = await work.certificates.lock(retirement_id)
    assert stored is not None
    facts = {
        tx_hash: ChainFacts(
            inclusion=await registry.chain.inclusion(tx_hash),
            payload=(await registry.chain.metadata(tx_hash))["674"],
            paid_by=(WALLET.address,),
        )
        for tx_hash in stated_blocks(stored.document)
    }
    checks = check_document(
        stored.document,
        verify_signature=verify_signature,
        chain_facts=facts,
        trusted_keys=[TrustedKey(SIGNER.public_key.hex())],
        trusted_addresses=[TrustedAddress(WALLET.address)],
        networks=["devnet"],
    )
    assert verdict(checks).sentence == "This certificate holds: all 14 checks passed."


async def test_calls_for_the_same_entries_in_another_order_block_nobody_for_ever(
    registry: Registry, engine: AsyncEngine
) -> None:
    """Ten calls for the same two entries; each retires the whole, so one succeeds."""
    await story.a_buyer_holds_two_entries(registry)
    first, second = story.RETIRE_LINES.lines
    whole = (but(first, quantity_units=70_000), but(second, quantity_units=30_000))
    requests = []
    for number in range(10):
        retirement_id = named(f"several {number}")
        await keep_draft(registry, retirement_id, BUYER.id, story.RETIREMENT_DRAFT)
        lines = whole if number % 2 else whole[::-1]
        requests.append(but(story.RETIRE_LINES, retirement_id=retirement_id, lines=lines))
    retire = registry.activity("retirement.retire_units")

    answers = await asyncio.gather(*(run(retire, r) for r in requests), return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, NotActive)]
    assert len(refused) == 9
    assert await sum_of(engine) == Conservation(100_000, 0, 100_000, 0, 0, 0, 0)


RETIRE_BOTH = story.RETIRE_LINES
ONE, OTHER = RETIRE_BOTH.lines
REFUSED: dict[str, tuple[Any, str, Any, type[Refusal], str]] = {
    "a developer cancels": (
        story.a_cancellation_is_requested_for,
        "cancellation.cancel_credits",
        but(story.CANCEL, actor_id=DEVELOPER.id),
        Forbidden,
        "Your role (developer) may not cancel credits, release the buffer and record reversals.",
    ),
    "more is cancelled than there is": (
        story.a_cancellation_is_requested_for,
        "cancellation.cancel_credits",
        but(story.CANCEL, quantity_units=100_001),
        InsufficientCredits,
        "KRB-2024-001-000001 holds 1000.00 t, 1000.01 t were asked for.",
    ),
    "what is not in the buffer is released": (
        story.credits_are_issued_with_a_buffer,
        "buffer.release_buffer",
        but(story.RELEASE, serial="KRB-2024-001-000004"),
        NotActive,
        "KRB-2024-001-000004 is active and not in the buffer.",
    ),
    "more is released than there is": (
        story.credits_are_issued_with_a_buffer,
        "buffer.release_buffer",
        but(story.RELEASE, quantity_units=10_001),
        InsufficientCredits,
        "KRB-2024-001-000002 holds 100.00 t, 100.01 t were asked for.",
    ),
    "more is lost than was issued": (
        story.credits_are_issued_with_a_buffer,
        "reversal.record_reversal",
        but(story.REVERSE, quantity_units=100_001),
        Conflict,
        "1000.00 t were issued and 0.00 t of them reversed before; 1000.01 t cannot be lost.",
    ),
    "a vintage that was never issued is lost": (
        story.credits_are_issued_with_a_buffer,
        "reversal.record_reversal",
        but(story.REVERSE, vintage=2023),
        Conflict,
        "0.00 t were issued and 0.00 t of them reversed before; 250.00 t cannot be lost.",
    ),
    "a verifier's loss": (
        story.credits_are_issued_with_a_buffer,
        "reversal.record_reversal",
        but(story.REVERSE, actor_id=BUYER.id),
        Forbidden,
        "Your role (buyer) may not cancel credits, release the buffer and record reversals.",
    ),
    "an unknown project loses": (
        story.credits_are_issued_with_a_buffer,
        "reversal.record_reversal",
        but(story.REVERSE, project_id=named("no project")),
        NotFound,
        "There is no such project.",
    ),
    "one line of two is too much": (
        story.a_buyer_holds_two_entries,
        "retirement.retire_units",
        but(RETIRE_BOTH, lines=(ONE, but(OTHER, quantity_units=30_001))),
        InsufficientCredits,
        "KRB-2024-001-000002 holds 300.00 t, 300.01 t were asked for.",
    ),
    "two lines name one entry": (
        story.a_buyer_holds_two_entries,
        "retirement.retire_units",
        but(RETIRE_BOTH, lines=(ONE, OTHER, ONE)),
        Invalid,
        "KRB-2024-001-000004 is named twice; put its quantities together",
    ),
    "nothing is retired": (
        story.a_buyer_holds_two_entries,
        "retirement.retire_units",
        but(RETIRE_BOTH, lines=()),
        Invalid,
        "A retirement has 1 to 20 lines",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused_and_nothing_changed_when(
    name: str, registry: Registry, engine: AsyncEngine
) -> None:
    before_it, activity, request, refusal, sentence = REFUSED[name]
    await before_it(registry)
    before = await snapshot(engine)

    with pytest.raises(refusal) as refused:
        await run(registry.activity(activity), request)

    assert (type(refused.value), refused.value.detail) == (refusal, sentence)
    assert changed_tables(before, await snapshot(engine)) == set()


async def test_each_step_of_a_life_is_published_once_and_in_order(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_retirement_is_confirmed(registry)
    seal = SealCertificate(retirement_id=story.RETIREMENT_ID)
    for _ in range(2):
        await run(registry.certificates.seal_certificate, seal)

    names = [name for name, _ in await published(engine)]

    assert names == [
        "project.registered",
        "verification.assigned",
        "verification.approved",
        "credits.issued",
        "retirement.accepted",
        "retirement.completed",
    ]


async def test_a_second_approval_is_published_before_what_it_sets_free(
    registry: Registry, engine: AsyncEngine
) -> None:
    countersign = USE_CASES["countersign"]
    await countersign.before(registry)

    for _ in range(2):
        await run(registry.activity(countersign.activity), countersign.request)
    await run(registry.issuance.issue_credits, story.ISSUE)

    names = [name for name, _ in await published(engine)]
    assert names == [
        "project.registered",
        "verification.assigned",
        "verification.approved",
        "verification.countersigned",
        "credits.issued",
    ]
    payload = (await published(engine))[3][1]
    assert (payload["status"], payload["verifiedQuantity"], payload["needsCountersignature"]) == (
        "approved",
        "1000.00",
        True,
    )


async def test_every_line_that_cannot_be_retired_is_named_at_its_place(
    registry: Registry,
) -> None:
    """The second line's entry has the lower serial; it is the first one that is locked."""
    await story.a_buyer_holds_two_entries(registry)
    too_much = [line.model_copy(update={"quantity_units": 90_000}) for line in (OTHER, ONE)]

    with pytest.raises(InsufficientCredits) as refused:
        await run(
            registry.activity("retirement.retire_units"), but(RETIRE_BOTH, lines=tuple(too_much))
        )

    assert [(fault.pointer, fault.detail.split()[0]) for fault in refused.value.faults] == [
        ("/lines/0/quantity", OTHER.serial),
        ("/lines/1/quantity", ONE.serial),
    ]
