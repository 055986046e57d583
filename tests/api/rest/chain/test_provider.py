"""The door for webhooks of the chain's provider: who may knock, and that knocking is all they do."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.chain.watch import read_provider_state
from tests.api.caller import Api, running_api, settings_for, told

ADDRESS, SECRET = "/api/v1/chain/provider-webhook", "a secret of the provider"
BODY = b'{"type":"block","payload":{"height":99999999}}'


@pytest.fixture
async def told_api(database_url: str, engine: AsyncEngine) -> AsyncIterator[Api]:
    settings = settings_for(database_url, blockfrost_webhook_secret=SecretStr(SECRET))
    async with running_api(settings, engine) as api:
        yield api


def signed(secret: str) -> dict[str, str]:
    moment = str(int(datetime.now(UTC).timestamp()))
    digest = hmac.new(secret.encode(), moment.encode() + b"." + BODY, hashlib.sha256).hexdigest()
    return {"Blockfrost-Signature": f"t={moment},v1={digest}"}


async def test_a_genuine_call_is_noted_and_its_body_is_not_believed(
    told_api: Api, engine: AsyncEngine
) -> None:
    forged = await told_api.client.post(ADDRESS, content=BODY, headers=signed("another"))
    unsigned = await told_api.client.post(ADDRESS, content=BODY)
    async with engine.connect() as connection:
        before = await read_provider_state(connection)
    genuine = await told_api.client.post(ADDRESS, content=BODY, headers=signed(SECRET))
    async with engine.connect() as connection:
        after = await read_provider_state(connection)

    assert [forged.status_code, unsigned.status_code, genuine.status_code] == [401, 401, 204]
    assert (before.told_at, after.tip_height) == (None, None)
    assert after.told_at is not None


async def test_without_a_secret_there_is_no_door(api: Api) -> None:
    answer = await api.client.post(ADDRESS, content=BODY, headers=signed(SECRET))

    assert [code for code, _, _ in told(answer)] == ["NOT_FOUND"]
