"""What was signed off is looked at again: whatever differs is an alert, until it is mended."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.projects.documents import permanent_key
from activities.projects.sign_offs import CheckSignOffs, SignOffsChecked
from adapters.postgres.chain import reads as reads_chain
from domain.chain.alerts import AlertKind
from domain.projects.approvals import digest_of
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.factories import ADMINISTRATOR, EVIDENCE, OTHER_ADMINISTRATOR, document, named
from tests.fakes.gauges import Gauges

SIGNED_OFF = "UPDATE verification_requests SET "
OTHER_FACTS = "Project 1: project data or documents are not those that were signed off (digest "
IN_THE_LOG = "of its approval differ from the audit log."
KEPT = document(EVIDENCE[0])


async def check(registry: Registry, name: str = "check") -> SignOffsChecked:
    request = CheckSignOffs(check_id=named(name))
    return await run(registry.sign_offs.check_sign_offs, request)


async def check_documents(registry: Registry, name: str = "check") -> SignOffsChecked:
    request = CheckSignOffs(check_id=named(name))
    return await run(registry.sign_offs.check_documents, request)


async def open_alerts(engine: AsyncEngine) -> list[tuple[str, str]]:
    async with engine.connect() as connection:
        return [(a.kind, a.sentence) for a in await reads_chain.open_alerts(connection)]


@pytest.mark.parametrize(
    "chapter",
    [
        story.evidence_is_complete,
        story.the_project_is_approved,
        story.the_approval_waits,
        story.credits_are_retired,
    ],
)
async def test_what_was_signed_off_and_left_alone_holds(
    registry: Registry, engine: AsyncEngine, chapter: Callable[[Registry], Awaitable[None]]
) -> None:
    await chapter(registry)

    checked = [await check(registry), await check_documents(registry)]

    assert [one.differences for one in checked] == [0, 0]
    assert (checked[1].checked, await open_alerts(engine)) == (len(EVIDENCE), [])


@pytest.mark.parametrize(
    ("rewritten", "sentence"),
    [
        ("UPDATE projects SET title = 'Another forest'", OTHER_FACTS),
        ("UPDATE projects SET emissions_target_units = 1", OTHER_FACTS),
        ("UPDATE documents SET document_type = 'other'", OTHER_FACTS),
        (f"DELETE FROM documents WHERE id = '{KEPT.id}'", OTHER_FACTS),
        (f"{SIGNED_OFF} sign_off_digest = repeat('0', 64)", OTHER_FACTS),
        (
            f"{SIGNED_OFF} verified_quantity_units = 5, vintage = 2020",
            f"Project 1: quantity and vintage {IN_THE_LOG}",
        ),
        (
            f"{SIGNED_OFF} decided_by = '{ADMINISTRATOR.id}'",
            f"Project 1: decider {IN_THE_LOG}",
        ),
        (
            "DELETE FROM audit_logs WHERE event_type = 'verification.approved'",
            "Project 1: the audit log has no entry of its approval.",
        ),
    ],
)
async def test_whatever_was_rewritten_is_named(
    registry: Registry, engine: AsyncEngine, rewritten: str, sentence: str
) -> None:
    """By somebody who can switch the guards off (tests/ledger/test_signed_off.py has the others)."""
    await story.the_project_is_approved(registry)
    await story.by_the_owner(registry, rewritten)

    checked = await check(registry)

    ((kind, said),) = await open_alerts(engine)
    assert (checked.differences, kind) == (1, AlertKind.SIGN_OFF_DIFFERENCE)
    assert said.startswith(sentence)


async def test_whoever_rewrites_the_digest_too_is_seen_by_the_audit_log(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_signed_off_project_was_rewritten(registry)
    async with registry.database.transaction() as work:
        (signed,) = await work.projects.sign_offs.after(UUID(int=0), limit=1)
    digest = digest_of(signed.verification, signed.project, signed.documents)
    await story.by_the_owner(registry, f"{SIGNED_OFF} sign_off_digest = '{digest}'")

    await check(registry)

    ((_, said),) = await open_alerts(engine)
    assert said == f"Project 1: digest {IN_THE_LOG}"


async def test_staff_are_told_once_and_the_alert_ends_when_it_is_mended(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_signed_off_project_was_rewritten(registry)

    first, again = await check(registry), await check(registry, "again")
    for_staff = len(first.notification_ids)
    await story.by_the_owner(registry, f"UPDATE projects SET title = '{story.TITLE}'")
    mended = await check(registry, "mended")

    assert for_staff == len({ADMINISTRATOR, OTHER_ADMINISTRATOR})
    assert (again.differences, mended.differences) == (1, 0)
    # Not mailed yet, so that they are answered again; none is new.
    assert set(again.notification_ids) == set(first.notification_ids)
    assert await open_alerts(engine) == []


@pytest.mark.parametrize(
    ("bytes_now", "sentence"),
    [
        (None, "its bytes are gone from object storage."),
        (b"short", f"object storage holds 5 bytes, {KEPT.file_size} were completed."),
        (b"x" * KEPT.file_size, "object storage holds other bytes (SHA-256 "),
    ],
)
async def test_a_document_whose_bytes_are_not_there_any_more_is_named(
    registry: Registry, engine: AsyncEngine, bytes_now: bytes | None, sentence: str
) -> None:
    await story.the_project_is_approved(registry)
    objects, key = registry.objects.objects, permanent_key(KEPT.sha256)
    was = objects.pop(key)
    if bytes_now is not None:
        objects[key] = bytes_now

    checked = await check_documents(registry)
    ((kind, said),) = await open_alerts(engine)
    objects[key] = was
    mended = await check_documents(registry, "mended")

    assert (checked.checked, checked.differences, kind) == (
        *(len(EVIDENCE), 1),
        AlertKind.DOCUMENT_DIFFERENCE,
    )
    assert said.startswith(f"Document {KEPT.id}: {sentence}")
    assert (mended.differences, await open_alerts(engine)) == (0, [])


async def test_what_differed_is_read_again_though_it_is_not_its_turn(
    registry: Registry, engine: AsyncEngine
) -> None:
    """Six gigabytes more, so that each document is read every other day."""
    await story.a_kept_document_was_overwritten(registry)
    await story.by_the_owner(
        registry,
        "INSERT INTO documents SELECT (jsonb_populate_record(d, jsonb_build_object("
        "'id', gen_random_uuid(), 'file_size', 104857600, 'sha256', lpad(n::text, 64, '0')))).*"
        f" FROM documents d, generate_series(1, 60) n WHERE id = '{KEPT.id}'",
    )
    found = []

    for day in range(4):
        registry.clock.advance(days=1)
        await check_documents(registry, f"day {day}")
        found.append([said for _, said in await open_alerts(engine) if str(KEPT.id) in said])

    assert found[0] in ([], found[-1])
    assert [len(said) for said in found[1:]] == [1, 1, 1]
    assert "other bytes" in found[1][0]


async def test_what_prometheus_reads_is_measured_with_each_check(registry: Registry) -> None:
    await story.a_signed_off_project_was_rewritten(registry)
    gauges = Gauges()
    environment = ActivityEnvironment()
    environment.metric_meter = gauges
    request = CheckSignOffs(check_id=named("check"))

    await environment.run(registry.sign_offs.check_sign_offs, request)
    await environment.run(registry.sign_offs.check_documents, request)

    at = int(registry.clock.now().timestamp())
    assert gauges.values == {
        "registry_sign_off_differences": 1,
        "registry_sign_offs_checked_seconds": at,
        "registry_document_differences": 0,
        "registry_documents_checked_seconds": at,
    }
