"""Transfers that need no workflow any more, or that none could carry out: what the API says by itself."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select, text

from adapters.postgres.tables import idempotency_keys
from domain.credits.ledger import CreditEntry
from domain.identifiers import operation_id
from tests.api.caller import Api, told
from tests.factories import BUYER, DEVELOPER
from tests.ledger_rows import LedgerRows

CANNOT = "That account cannot receive credits."


@pytest.fixture
async def entry(api: Api) -> CreditEntry:
    ledger = LedgerRows(api.engine)
    return await ledger.issue(await ledger.project(), 10_000)


async def transferred(
    api: Api, entry: CreditEntry, *, key: str | None = None, **recipient: Any
) -> httpx.Response:
    headers = await api.signed_in(DEVELOPER) | {"Idempotency-Key": key or str(uuid4())}
    return await api.client.post(
        f"/api/v1/credits/{entry.serial}/transfer",
        json={"quantity": "1.00", **recipient},
        headers=headers,
    )


async def happened(api: Api, entry: CreditEntry, key: str) -> None:
    """The transfer of a request whose answer was lost in a crash."""
    ledger = LedgerRows(api.engine)
    moved, _ = await ledger.transfer(entry, 100, DEVELOPER, BUYER)
    name = operation_id(DEVELOPER.id, "transfer", key)
    await ledger.by_hand(
        f"UPDATE credit_transactions SET id = '{name}' WHERE result_entry_id = '{moved.id}'"
    )


async def freeze(api: Api) -> None:
    async with api.engine.begin() as connection:
        await connection.execute(
            text("UPDATE registry_state SET frozen = true, reason = 'An audit', changed_at = now()")
        )


async def answers_kept(api: Api) -> int:
    # An answer is kept a moment after it was given (ADR 0117).
    async with api.app.state.answer_keeper:
        pass
    async with api.engine.connect() as connection:
        found = await connection.execute(
            select(func.count()).where(idempotency_keys.c.status.is_not(None))
        )
        count: int = found.scalar_one()
        return count


@pytest.mark.parametrize("frozen", [False, True])
async def test_a_transfer_that_happened_is_answered_though_its_address_is_gone(
    api: Api, entry: CreditEntry, *, frozen: bool
) -> None:
    await happened(api, entry, key="lost-answer")
    if frozen:
        await freeze(api)

    answer = await transferred(
        api, entry, key="lost-answer", recipientEmail="erased-since@people.example"
    )

    assert answer.status_code == 201, answer.text
    assert answer.json()["data"]["recipientId"] == str(BUYER.id)


async def test_an_address_that_nobody_has_is_named_by_its_field(
    api: Api, entry: CreditEntry
) -> None:
    answer = await transferred(api, entry, recipientEmail="nobody@people.example")

    assert (answer.status_code, told(answer)) == (409, [("CONFLICT", "/recipientEmail", CANNOT)])
    assert await answers_kept(api) == 1


async def test_a_frozen_registry_refuses_nothing_for_ever(api: Api, entry: CreditEntry) -> None:
    await LedgerRows(api.engine).transfer(entry, 100, DEVELOPER, BUYER)
    other = await LedgerRows(api.engine).issue(await LedgerRows(api.engine).project(), 100)
    await freeze(api)

    superseded = await transferred(api, entry, recipientId=str(BUYER.id))
    unknown = await transferred(api, other, recipientEmail="nobody@people.example")

    for answer in (superseded, unknown):
        frozen = [("UNAVAILABLE", None, "The registry is frozen: An audit")]
        assert (answer.status_code, told(answer)) == (503, frozen)
    assert await answers_kept(api) == 0
