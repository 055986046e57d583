"""Whether an approval needs a second pair of eyes: the registry's policy, one row for every process."""

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import registry_policy
from adapters.settings.database import DatabaseSettings
from adapters.settings.rules import RuleSettings
from migrations.policy import write_policy
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.databases import sqlalchemy_url


@pytest.fixture
def owner(database_url: str) -> DatabaseSettings:
    return DatabaseSettings(migrations_database_url=SecretStr(sqlalchemy_url(database_url)))


@pytest.mark.parametrize(
    ("policy", "asked_for", "waits"),
    [
        (False, False, False),
        (True, False, True),
        (True, True, True),
        # What an API of the version before, or a recorded history, has asked for still holds.
        (False, True, True),
    ],
)
async def test_the_policy_decides_and_a_request_cannot_weaken_it(
    registry: Registry, owner: DatabaseSettings, *, policy: bool, asked_for: bool, waits: bool
) -> None:
    await write_policy(owner, RuleSettings(require_countersignature=policy))
    await story.evidence_is_complete(registry)
    request = story.APPROVE.model_copy(update={"needs_countersignature": asked_for})

    step = await run(registry.verification.record_decision, request)

    assert step.waits_for_countersignature is waits


async def test_an_approval_that_waits_goes_on_waiting_when_the_policy_is_lifted(
    registry: Registry, owner: DatabaseSettings
) -> None:
    await write_policy(owner, RuleSettings(require_countersignature=True))
    await story.evidence_is_complete(registry)
    first = await run(registry.verification.record_decision, story.APPROVE)

    await write_policy(owner, RuleSettings(require_countersignature=False))
    again = await run(registry.verification.record_decision, story.APPROVE)

    assert first == again
    assert again.waits_for_countersignature


async def test_migrations_without_the_variable_leave_the_policy_as_it_is(
    owner: DatabaseSettings,
) -> None:
    unset = RuleSettings(require_countersignature=None)

    assert not await write_policy(owner, unset)
    assert await write_policy(owner, RuleSettings(require_countersignature=True))
    assert await write_policy(owner, unset)
    assert not await write_policy(owner, RuleSettings(require_countersignature=False))


@pytest.mark.parametrize(
    "statement",
    [
        update(registry_policy).values(require_countersignature=False),
        insert(registry_policy).values(only_row=True),
        registry_policy.delete(),
    ],
    ids=["update", "insert", "delete"],
)
async def test_the_application_cannot_write_the_policy(
    engine: AsyncEngine, statement: object
) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SET ROLE karbonica_app"))

        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(statement)  # type: ignore[call-overload]
