"""The keys and wallets that strangers check by: at their well-known place, and on a page."""

from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import platform_addresses
from adapters.settings.published import PublishedAddress
from tests.api.caller import NOBODY_LISTENS, running_api, settings_for

PLACE = "/.well-known/karbonica-registry.json"
KEY = "ab" * 32
OLD: dict[str, Any] = {
    "address": "addr_test1old",
    "network": "devnet",
    "public_key": "01" * 32,
    "since": datetime(2024, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    "until": datetime(2025, 6, 7, 8, 9, 10, tzinfo=UTC),
}
PRESENT = OLD | {
    "address": "addr_test1present",
    "since": datetime(2025, 6, 1, tzinfo=UTC),
    "until": None,
}
PUBLISHED: list[dict[str, Any]] = [
    {
        "address": "addr_test1present",
        "network": "devnet",
        "from": "2025-06-01T00:00:00Z",
        "until": None,
        "source": "settings",
    },
    {
        "address": "addr_test1old",
        "network": "devnet",
        "from": "2024-01-02T03:04:05Z",
        "until": "2025-06-07T08:09:10Z",
        "source": "database",
    },
]


async def both_have_paid(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(platform_addresses).values([OLD, PRESENT]))


async def test_an_address_that_has_paid_nothing_yet_is_published_from_the_beginning(
    database_url: str, engine: AsyncEngine
) -> None:
    settings = settings_for(
        database_url, certificate_public_key=KEY, platform_address="addr_test1x"
    )
    async with running_api(settings, engine) as api:
        answer = await api.client.get(PLACE)

    assert answer.json() == {
        "name": "Karbonica Registry",
        "certificateKeys": [{"publicKey": KEY, "from": None, "until": None}],
        "platformAddresses": [
            {
                "address": "addr_test1x",
                "network": "devnet",
                "from": None,
                "until": None,
                "source": "settings",
            }
        ],
    }


async def test_every_address_that_ever_paid_stays_published_with_its_time(
    database_url: str, engine: AsyncEngine
) -> None:
    await both_have_paid(engine)
    settings = settings_for(database_url, platform_address="addr_test1present")
    async with running_api(settings, engine) as api:
        answer = await api.client.get(PLACE)

    assert answer.json()["platformAddresses"] == PUBLISHED


async def test_an_address_given_up_that_the_settings_name_ends_when_its_rotation_closed_it(
    database_url: str, engine: AsyncEngine
) -> None:
    await both_have_paid(engine)
    settings = settings_for(
        database_url,
        platform_address="addr_test1present",
        published_addresses=[PublishedAddress(address="addr_test1old")],
    )
    async with running_api(settings, engine) as api:
        answer = await api.client.get(PLACE)

    present, old = PUBLISHED
    assert answer.json()["platformAddresses"] == [present, old | {"source": "settings"}]


async def test_a_row_cannot_end_the_address_that_the_settings_say_is_in_use(
    database_url: str, engine: AsyncEngine
) -> None:
    await both_have_paid(engine)
    settings = settings_for(database_url, platform_address="addr_test1old")
    async with running_api(settings, engine) as api:
        answer = await api.client.get(PLACE)

    assert answer.json()["platformAddresses"][0]["until"] is None


async def test_the_page_shows_what_machines_are_told(
    database_url: str, engine: AsyncEngine
) -> None:
    await both_have_paid(engine)
    settings = settings_for(database_url, certificate_public_key=KEY)
    async with running_api(settings, engine) as api:
        answer = await api.client.get("/keys")

    page = " ".join(unescape(answer.text).split())
    for told in (KEY, "addr_test1old", "addr_test1present", "2025-06-07T08:09:10Z", PLACE):
        assert told in page
    assert page.index("addr_test1present") < page.index("addr_test1old")


async def test_without_the_database_no_list_is_published_that_leaves_something_out(
    engine: AsyncEngine,
) -> None:
    settings = settings_for(
        f"postgresql://postgres@{NOBODY_LISTENS}/nothing", platform_address="addr_test1x"
    )
    async with running_api(settings, engine) as api:
        answer = await api.client.get(PLACE)

    assert answer.status_code == 503


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE platform_addresses SET address = 'addr_test1thief'",
        "UPDATE platform_addresses SET public_key = repeat('0', 64)",
        "UPDATE platform_addresses SET since = '2020-01-01'",
        "DELETE FROM platform_addresses",
    ],
)
async def test_the_application_cannot_rewrite_whose_an_address_was(
    change: str, engine: AsyncEngine
) -> None:
    await both_have_paid(engine)

    async with engine.connect() as connection:
        await connection.execute(text("SET ROLE karbonica_app"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text(change))
