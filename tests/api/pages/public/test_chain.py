"""The public page of the way to the chain: honest about what waits, who is silent and what was taken back."""

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import update

from adapters.postgres import tables
from api.pages.parts.formats import age
from tests.api.caller import Api
from tests.api.registry_rows import RegistryRows

CONFIRMED_AT = datetime(2026, 2, 1, tzinfo=UTC)


async def page(api: Api) -> str:
    answer = await api.client.get("/chain")
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(answer.text).split())


async def a_record(api: Api, status: str, **changes: Any) -> None:
    rows = RegistryRows(api.engine)
    await rows.retirement(await rows.project(), chain=status, **changes)


async def provider(api: Api, **columns: Any) -> None:
    async with api.engine.begin() as connection:
        await connection.execute(update(tables.chain_provider).values(columns))


async def test_a_registry_without_records_says_so(api: Api) -> None:
    said = await page(api)

    assert "No record has been queued yet." in said
    assert "We have not asked for the newest block yet." in said
    assert "Every record has six blocks or more on top of it." in said
    assert "That has never happened." in said


@pytest.mark.parametrize(
    ("status", "changes", "word"),
    [
        ("queued", {}, "Queued"),
        ("submitted", {}, "Submitted"),
        ("confirmed", {"confirmations": 8}, "Confirmed"),
        ("final", {"confirmations": 500}, "Final"),
        ("parked", {}, "With staff"),
        ("submitted", {"rollbacks": 1}, "Rolled back"),
        ("submitted", {"rollbacks": 1, "confirmations": 2}, "Submitted"),
    ],
)
async def test_each_record_says_how_far_it_has_come(
    api: Api, status: str, changes: dict[str, Any], word: str
) -> None:
    await a_record(api, status, **changes)

    said = await page(api)

    assert f'">{word}</span>' in said.partition("The newest records")[2]
    assert "secret reason for staff" not in said


async def test_a_provider_that_answers_is_shown_with_the_age_of_its_newest_block(api: Api) -> None:
    now = datetime.now(UTC)
    await provider(
        api,
        asked_at=now,
        answered_at=now,
        tip_height=4_711,
        tip_seen_at=now - timedelta(minutes=3, seconds=5),
    )

    said = await page(api)

    assert "Our provider of chain data answers." in said
    assert "4,711" in said
    assert "3 minutes ago" in said


async def test_a_silent_provider_and_what_waits_are_told(api: Api) -> None:
    now = datetime.now(UTC)
    await a_record(api, "queued")
    await provider(
        api, asked_at=now, answered_at=now, silent_since=now - timedelta(hours=2, minutes=5)
    )

    said = await page(api)

    assert "Our provider of chain data has given no answer for 2 hours." in said
    assert "The oldest has waited for" in said


async def test_a_provider_that_turns_us_away_is_told(api: Api) -> None:
    now = datetime.now(UTC)
    await provider(api, asked_at=now, refused_since=now)

    assert "turns us away" in await page(api)


@pytest.mark.parametrize(
    ("status", "block_height", "now_said"),
    [
        ("submitted", None, "The same bytes were sent again."),
        ("submitted", 1_234, "Rolled back and included again in block 1,234"),
        ("confirmed", 1_234, "Rolled back and included again in block 1,234"),
        ("expired", None, "its records went into another transaction"),
    ],
)
async def test_a_confirmed_transaction_that_was_rolled_back_stays_on_the_page(
    api: Api, status: str, block_height: int | None, now_said: str
) -> None:
    await a_record(api, "confirmed", confirmations=7)
    async with api.engine.begin() as connection:
        changed = await connection.execute(
            update(tables.chain_transactions)
            .values(
                status=status,
                confirmed_at=CONFIRMED_AT,
                taken_back_at=CONFIRMED_AT,
                block_height=block_height,
            )
            .returning(tables.chain_transactions.c.tx_hash)
        )
        tx_hash = changed.scalar_one()

    taken_back = (await page(api)).partition("What the chain took back")[2]

    assert tx_hash in taken_back
    assert now_said in taken_back


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(minutes=61), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(span: timedelta, said: str) -> None:
    assert age(span) == said
