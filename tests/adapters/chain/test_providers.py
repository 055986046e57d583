"""Which chain the settings open, and when it counts as answering."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from adapters.chain.blockfrost.client import BlockfrostChain
from adapters.chain.own_node.client import OwnNodeChain
from adapters.chain.providers import chain_answers, open_chain
from adapters.settings.chain import ChainProvider, ChainSettings
from tests.adapters.chain.answering import Answer, Server
from tests.adapters.chain.worlds import World

OGMIOS_IS_WELL = {"connectionStatus": "connected", "networkSynchronization": 1}
KUPO_IS_WELL = {"connection_status": "connected"}


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=2) as client:
        yield client


def own_node(ogmios_url: str, kupo_url: str) -> ChainSettings:
    return ChainSettings(
        chain_provider=ChainProvider.OGMIOS, ogmios_url=ogmios_url, kupo_url=kupo_url
    )


def test_blockfrost_is_opened_unless_the_settings_say_otherwise() -> None:
    assert isinstance(open_chain(ChainSettings()), BlockfrostChain)


async def test_a_single_setting_opens_our_own_node(origin: str, bank: World) -> None:
    chain = open_chain(own_node(f"{origin}/ogmios/", f"{origin}/kupo/"))

    assert isinstance(chain, OwnNodeChain)
    assert await chain.tip() == await bank.chain.tip()
    await chain.close()


async def test_the_devnet_is_well_by_every_door(origin: str, http: httpx.AsyncClient) -> None:
    doors = [
        ChainSettings(blockfrost_url=f"{origin}/api/v0"),
        ChainSettings(blockfrost_url=f"{origin}/"),
        own_node(f"{origin}/ogmios/", f"{origin}/kupo"),
    ]

    assert [await chain_answers(door, http) for door in doors] == [True] * 3


async def test_a_server_without_a_health_call_is_requested_for_its_newest_block(
    server: Server, http: httpx.AsyncClient
) -> None:
    server.will_answer(Answer(404, '{"status": 404}'), {"height": 7})

    assert await chain_answers(ChainSettings(blockfrost_url=server.url), http)


@pytest.mark.parametrize(
    "answers",
    [
        [{"is_healthy": False}],
        [Answer(503)],
        [Answer(body="nonsense")],
        [Answer(404), Answer(404, "nothing here")],
        [Answer(404), {"height": None}],
        [[]],
    ],
)
async def test_a_server_that_is_not_well_does_not_answer(
    server: Server, http: httpx.AsyncClient, answers: list[object]
) -> None:
    server.will_answer(*answers)

    assert not await chain_answers(ChainSettings(blockfrost_url=server.url), http)


@pytest.mark.parametrize(
    "answers",
    [
        [Answer(202, '{"connectionStatus": "connected"}')],
        [Answer(500, '{"connectionStatus": "disconnected"}')],
        [{"connectionStatus": "disconnected"}],
        [OGMIOS_IS_WELL, Answer(202, '{"connection_status": "connected"}')],
        [OGMIOS_IS_WELL, Answer(503, '{"connection_status": "disconnected"}')],
        [OGMIOS_IS_WELL, Answer(body="# TYPE kupo_connection_status gauge")],
        [OGMIOS_IS_WELL, []],
    ],
)
async def test_our_own_node_answers_only_when_both_its_servers_have_caught_up(
    server: Server, http: httpx.AsyncClient, answers: list[object]
) -> None:
    server.will_answer(OGMIOS_IS_WELL, KUPO_IS_WELL, *answers)
    settings = own_node(f"{server.url}/ogmios", f"{server.url}/kupo")

    assert await chain_answers(settings, http)
    assert not await chain_answers(settings, http)


async def test_a_server_that_is_not_there_does_not_answer(http: httpx.AsyncClient) -> None:
    nowhere = "http://127.0.0.1:9"

    assert not await chain_answers(ChainSettings(blockfrost_url=nowhere), http)
    assert not await chain_answers(own_node(nowhere, nowhere), http)
