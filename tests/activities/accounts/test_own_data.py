"""One's own data: a copy of all of it, an erasure that others do not notice, and the keys that seal it."""

import io
import json
from datetime import timedelta
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.accounts.own_data import (
    EraseAccount,
    ErasureStep,
    ListOwnData,
    MakeDataExport,
    RemindOfErasure,
    SealPersonalData,
)
from adapters.postgres.tables import users
from domain.accounts.personal_data import EXPORT_KEPT_FOR, DataExport, Erasure
from domain.accounts.roles import Account
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, NOW, VERIFIER, named

EXPORT = DataExport(named("export"), DEVELOPER.id, NOW)
SEAL = SealPersonalData()


async def wanted_by(registry: Registry, user_id: UUID, *, days: int = 0) -> Erasure:
    erasure = Erasure(named(f"erasure of {user_id}"), user_id, NOW, NOW + timedelta(days=days))
    async with registry.database.transaction() as work:
        assert await work.accounts.own_data.add_erasure(erasure)
    return erasure


async def erase(registry: Registry, erasure: Erasure) -> ErasureStep:
    return await run(registry.own_data.erase_account, EraseAccount(erasure_id=erasure.id))


async def test_the_copy_has_everything_that_names_the_person_and_no_secret(
    registry: Registry,
) -> None:
    await story.a_project_is_registered(registry)
    async with registry.database.transaction() as work:
        await work.accounts.own_data.add_export(EXPORT)

    made = [
        await run(registry.own_data.make_data_export, MakeDataExport(export_id=EXPORT.id))
        for _ in range(2)
    ]

    with ZipFile(io.BytesIO(registry.objects.objects[EXPORT.key])) as archive:
        told = json.loads(archive.read("data.json"))
    (profile,) = told["users"]
    assert profile["email"] == f"{DEVELOPER.id}@people.example"
    assert len(told["projects"]) == 1
    assert {entry["event_type"] for entry in told["audit_logs"]} == {"project.registered"}
    assert not [
        name for rows in told.values() for row in rows for name in row if "password" in name
    ]
    assert str(BUYER.id) not in json.dumps(told)
    assert len(made[0].notification_ids) == 1
    assert made[1].notification_ids == ()


async def test_a_copy_is_removed_after_a_week(registry: Registry) -> None:
    async with registry.database.transaction() as work:
        await work.accounts.own_data.add_export(EXPORT)
    await run(registry.own_data.make_data_export, MakeDataExport(export_id=EXPORT.id))

    early = await run(registry.own_data.list_own_data, ListOwnData())
    registry.clock.advance(seconds=EXPORT_KEPT_FOR.total_seconds() + 1)
    late = [await run(registry.own_data.list_own_data, ListOwnData()) for _ in range(2)]

    assert [one.removed for one in (early, *late)] == [0, 1, 0]
    assert EXPORT.key not in registry.objects.objects


async def test_an_erased_person_leaves_a_pseudonym_and_all_that_others_rely_on(
    registry: Registry, engine: AsyncEngine
) -> None:
    """Case: projects, retirements, audit entries and certificates stay, and the certificate verifies."""
    await story.the_retirement_is_confirmed(registry)
    await run(registry.own_data.seal_personal_data, SEAL)
    erasure = await wanted_by(registry, VERIFIER.id)
    before = await snapshot(engine)

    steps = [await erase(registry, erasure) for _ in range(2)]

    assert [step.outcome for step in steps] == ["erased", "nothing"]
    after = await snapshot(engine)
    assert changed_tables(before, after) == {"users", "erasures", "audit_logs", "audit_head"}
    assert after["audit_logs"][: len(before["audit_logs"])] == before["audit_logs"]
    async with engine.connect() as connection:
        row = (await connection.execute(select(users).where(users.c.id == VERIFIER.id))).one()
    assert row.name == f"Erased person {str(VERIFIER.id)[:8]}"
    assert row.email == f"{VERIFIER.id}@erased.invalid"
    assert (row.locked_at, row.erased_at, row.email_verified) == (NOW, NOW, False)
    # The verifier's organisation stands beside the verification that others rely on.
    assert row.company == "Verifier & Co."


@pytest.mark.parametrize(
    ("who", "says"),
    [
        (DEVELOPER, "You hold credits: transfer or retire them first"),
        (ADMINISTRATOR, "You are the last administrator"),
    ],
    ids=["holds credits", "is the last administrator"],
)
async def test_what_stands_against_it_by_then_is_told_and_nothing_is_erased(
    registry: Registry, engine: AsyncEngine, who: Account, says: str
) -> None:
    await story.credits_are_issued(registry)
    others = (users.c.role == "administrator") & (users.c.id != ADMINISTRATOR.id)
    async with engine.begin() as connection:
        await connection.execute(update(users).where(others).values(locked_at=NOW))
    erasure = await wanted_by(registry, who.id)

    step = await erase(registry, erasure)

    assert step.outcome == "refused"
    async with registry.database.transaction() as work:
        told = await work.accounts.notifications.unmailed(step.notification_ids[0])
        assert await work.accounts.own_data.open_erasure(who.id) is None
    assert told is not None
    assert says in told.message
    async with engine.connect() as connection:
        name = await connection.scalar(select(users.c.name).where(users.c.id == who.id))
    assert name is not None
    assert not name.startswith("Erased")


async def test_nobody_is_erased_before_the_time_nor_after_withdrawing(registry: Registry) -> None:
    erasure = await wanted_by(registry, BUYER.id, days=14)
    reminder = RemindOfErasure(erasure_id=erasure.id)

    early = await erase(registry, erasure)
    reminded = [await run(registry.own_data.remind_of_erasure, reminder) for _ in range(2)]
    async with registry.database.transaction() as work:
        await work.accounts.own_data.end_erasure(erasure.id, withdrawn_at=NOW)
    registry.clock.advance(days=15)
    late = await erase(registry, erasure)

    assert [step.outcome for step in (early, *reminded, late)] == [
        "nothing",
        "reminded",
        "nothing",
        "nothing",
    ]


async def kept_texts(engine: AsyncEngine) -> list[tuple[str, str]]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT email, name FROM users ORDER BY id"))
        return [(row.email, row.name) for row in rows]


async def names(engine: AsyncEngine) -> list[tuple[str, str]]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(users.c.email, users.c.name).order_by(users.c.id))
        return [(row.email, row.name) for row in rows]


async def test_a_new_key_seals_every_row_and_each_reads_the_same_all_the_while(
    registry: Registry, engine: AsyncEngine
) -> None:
    plain = await names(engine)

    first = await run(registry.own_data.seal_personal_data, SEAL)
    sealed_first = await kept_texts(engine)
    rotate = SealPersonalData(key_made_before=NOW + timedelta(seconds=1))
    registry.clock.advance(days=90)
    async with registry.database.transaction() as work:
        # As a run that was killed leaves it: a new key, and one row under it.
        await work.accounts.data_keys.make_newer(
            made_before=rotate.key_made_before, at=registry.clock.now()
        )
        assert (await work.accounts.data_keys.seal_batch(limit=1)).count == 1
    halfway = await names(engine)
    resumed = [await run(registry.own_data.seal_personal_data, rotate) for _ in range(2)]

    assert (first.version, first.rows) == (1, len(plain))
    assert [(one.version, one.rows) for one in resumed] == [(2, len(plain) - 1), (2, 0)]
    assert halfway == await names(engine) == plain
    sealed_again = await kept_texts(engine)
    assert {value[:9] for row in sealed_first for value in row} == {"sealed:1:"}
    assert {value[:9] for row in sealed_again for value in row} == {"sealed:2:"}
