"""`make seal-webhook-secrets`: what is plain or under a former key gets under the present one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import webhooks
from adapters.webhooks.secrets import UnreadableSecret, WebhookSecrets
from tests.activities.publishing.published import WEBHOOK
from tests.databases import engine_for, save_people, snapshot
from tests.factories import named
from tools.seal_webhook_secrets import NOT_DONE, main, seal_all

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
PLAIN_ID, OLD_ID, NEW_ID = named("plain"), named("under the old key"), named("under the new key")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = engine_for(database_url)
    await save_people(made)
    yield made
    await made.dispose()


async def keep(engine: AsyncEngine, kept: dict[UUID, str]) -> None:
    async with PostgresDatabase(engine).transaction() as work:
        for webhook_id, secret in kept.items():
            await work.publishing.webhooks.add(
                replace(WEBHOOK, id=webhook_id, sealed_secret=secret)
            )


async def secrets_in(engine: AsyncEngine) -> dict[UUID, str]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(webhooks.c.id, webhooks.c.secret))
        return {row.id: row.secret for row in rows}


async def test_all_get_under_the_present_key_and_the_former_one_is_not_needed_any_more(
    engine: AsyncEngine,
) -> None:
    sealed_before = WebhookSecrets(NEW).seal("whsec_new", NEW_ID)
    sealed_once = WebhookSecrets(OLD).seal("whsec_old", OLD_ID)
    await keep(engine, {PLAIN_ID: "whsec_plain", OLD_ID: sealed_once, NEW_ID: sealed_before})

    first = await seal_all(engine, WebhookSecrets(NEW, OLD))
    again = await seal_all(engine, WebhookSecrets(NEW))

    kept = await secrets_in(engine)
    assert (first, again) == ((2, 3), (0, 3))
    assert {key: WebhookSecrets(NEW).open(text, key) for key, text in kept.items()} == {
        PLAIN_ID: "whsec_plain",
        OLD_ID: "whsec_old",
        NEW_ID: "whsec_new",
    }
    assert kept[NEW_ID] == sealed_before


async def test_one_that_cannot_be_read_leaves_all_as_they_were(engine: AsyncEngine) -> None:
    swapped = WebhookSecrets(OLD).seal("whsec_old", NEW_ID)
    await keep(engine, {PLAIN_ID: "whsec_plain", OLD_ID: swapped})
    before = await snapshot(engine)

    with pytest.raises(UnreadableSecret):
        await seal_all(engine, WebhookSecrets(NEW, OLD))

    assert await snapshot(engine) == before


def test_without_a_key_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("WEBHOOK_SECRET_KEY", "WEBHOOK_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)

    assert main() == NOT_DONE
    assert "Neither WEBHOOK_SECRET_KEY nor" in capsys.readouterr().err
