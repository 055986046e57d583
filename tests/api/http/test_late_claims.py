"""A key that is claimed with what its workflow reads, and an answer kept a moment later (ADR 0117); Temporal is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.identity import Identity, acting_as
from adapters.postgres.requests import stored_responses
from adapters.postgres.requests.stored_responses import GivenResponse, StoredResponse
from adapters.postgres.tables import drafts, idempotency_keys
from api.http.claims.answer_keeper import AnswerKeeper
from domain.credits.ledger import CreditEntry
from tests.api.bodies import RETIREMENT
from tests.api.caller import Api, told
from tests.factories import BUYER, DEVELOPER, NOW
from tests.ledger_rows import LedgerRows

BODY = RETIREMENT | {"quantity": "1"}
TRANSFER = {"quantity": "1", "recipientId": str(BUYER.id)}


@pytest.fixture
async def entry(api: Api) -> CreditEntry:
    ledger = LedgerRows(api.engine)
    return await ledger.issue(await ledger.project(), 10_000)


@asynccontextmanager
async def commits_of(api: Api) -> AsyncIterator[list[None]]:
    seen: list[None] = []

    def note(_connection: object) -> None:
        seen.append(None)

    parts = api.app.state.resources
    engines: list[AsyncEngine] = [parts.engine, parts.reading_engine]
    for one in engines:
        event.listen(one.sync_engine, "commit", note)
    yield seen
    for one in engines:
        event.remove(one.sync_engine, "commit", note)


async def count(api: Api, table: Any) -> int:
    async with api.engine.connect() as connection:
        found: int = (
            await connection.execute(select(func.count()).select_from(table))
        ).scalar_one()
        return found


@pytest.mark.parametrize(
    ("action", "body", "stored"), [("retire", BODY, 1), ("transfer", TRANSFER, 0)]
)
async def test_before_the_workflow_there_is_one_commit(
    api: Api, entry: CreditEntry, action: str, body: dict[str, Any], stored: int
) -> None:
    headers = await api.signed_in(DEVELOPER) | {"Idempotency-Key": "first"}

    async with commits_of(api) as commits:
        answer = await api.client.post(
            f"/api/v1/credits/{entry.serial}/{action}", json=body, headers=headers
        )

    assert (answer.status_code, len(commits)) == (503, 1)
    assert (await count(api, idempotency_keys), await count(api, drafts)) == (1, stored)


async def test_a_key_of_another_request_is_a_conflict_and_stores_nothing(
    api: Api, entry: CreditEntry
) -> None:
    headers = await api.signed_in(DEVELOPER) | {"Idempotency-Key": "first"}
    path = f"/api/v1/credits/{entry.serial}/transfer"
    await api.client.post(path, json=TRANSFER, headers=headers)

    other = await api.client.post(path, json=TRANSFER | {"quantity": "2"}, headers=headers)
    retired = await api.client.post(
        f"/api/v1/credits/{entry.serial}/retire", json=BODY, headers=headers
    )

    assert [answer.status_code for answer in (other, retired)] == [409, 409]
    assert "choose a new one" in told(other)[0][2]
    assert await count(api, drafts) == 0


async def test_a_refusal_before_the_workflow_is_repeated(api: Api, entry: CreditEntry) -> None:
    headers = await api.signed_in(DEVELOPER) | {"Idempotency-Key": "first"}
    path = f"/api/v1/credits/{entry.serial}/retire"

    async def ask(quantity: str) -> httpx.Response:
        return await api.client.post(path, json=BODY | {"quantity": quantity}, headers=headers)

    first, again, other = await ask("0"), await ask("0"), await ask("1")

    assert (first.status_code, again.content) == (400, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.status_code == 409


async def test_a_key_that_another_has_meanwhile_stores_nothing_for_this_request(api: Api) -> None:
    parts = api.app.state.resources
    with acting_as(Identity.of(DEVELOPER)):
        async with parts.writing_once() as connection:
            await stored_responses.claim(connection, DEVELOPER.id, "first", "a" * 64)
        async with parts.writing_once() as connection:
            found = await stored_responses.claim_with_request(
                connection, DEVELOPER.id, "first", "b" * 64, request_id=BUYER.id, body={}
            )

    assert found.request_hash == "a" * 64
    assert await count(api, drafts) == 0


async def test_answers_of_one_moment_are_kept_in_one_commit_and_the_first_one_stands(
    api: Api,
) -> None:
    parts = api.app.state.resources
    keys = ["one", "two", "three"]
    with acting_as(Identity.of(DEVELOPER)):
        for key in keys:
            async with parts.writing_once() as connection:
                await stored_responses.claim(connection, DEVELOPER.id, key, "a" * 64)

    async with commits_of(api) as commits, AnswerKeeper(parts) as keeper:
        firsts = [keeper.keep("a" * 64, given(key, b"first")) for key in keys]
        second = keeper.keep("a" * 64, given("one", b"second"))
        await asyncio.sleep(0)

    assert firsts == [None, None, None]
    assert second == StoredResponse("a" * 64, 201, b"first", NOW, "/there")
    assert len(commits) == 1
    async with api.engine.connect() as connection:
        rows = await connection.execute(select(idempotency_keys.c.status, idempotency_keys.c.body))
        assert [tuple(row) for row in rows] == [(201, b"first")] * 3


def given(key: str, body: bytes) -> GivenResponse:
    return GivenResponse(DEVELOPER.id, key, 201, body, "/there", NOW)
