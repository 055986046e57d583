"""The same facts are read out of every provider's own shape of answers (answers/README.md)."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve

from activities.ports.chain.provider import (
    Chain,
    ChainMisconfigured,
    ChainUnavailable,
    TransactionRefused,
)
from adapters.chain.blockfrost.client import BlockfrostChain
from adapters.chain.own_node.client import OwnNodeChain
from domain.chain.transactions import Inclusion, ProtocolParameters, Tip, UnspentOutput
from tests.adapters.chain.answering import Answer, Question, Server, on_one_port

FOLDER = Path(__file__).parent / "answers"
BLOCKFROST_LIKE = ["blockfrost", "dolos", "yaci_store"]
PROVIDERS = [*BLOCKFROST_LIKE, "own node"]
ADDRESS = "addr_test1vzpwq95z3xyum8vqndgdd9mdnmafh3djcxnc6jemlgdmswcve6tkw"
TX_HASH, BLOCK_HASH, OTHER_TX_HASH = "a" * 64, "b" * 64, "e" * 64
CBOR = b"\x84signed"

Documented = dict[str, Any]


def documented(provider: str) -> Documented:
    answers: Documented = json.loads((FOLDER / f"{provider}.json").read_text())
    return answers


def as_written(written: dict[str, Any]) -> Answer:
    body = json.dumps(written["json"]) if "json" in written else written["text"]
    return Answer(written["status"], body, written.get("headers", {}))


def by_path(provider: str) -> Callable[[Question], Answer]:
    answers = documented(provider)["answers"]

    def route(question: Question) -> Answer:
        parts = urlsplit(question.path.removeprefix("/api/v0"))
        flag = "?unspent" if "unspent" in parse_qs(parts.query, keep_blank_values=True) else ""
        name = parts.path + flag if provider == "kupo" else f"{question.method} {parts.path}"
        return as_written(answers[name])

    return route


def by_method(question: Question) -> Answer:
    return as_written(documented("ogmios")["answers"][json.loads(question.body)["method"]])


async def synchronize(socket: ServerConnection) -> None:
    """One client's chain synchronization, as documented."""
    told = documented("ogmios")["socket"]
    blocks = iter(told["nextBlock"])
    async for message in socket:
        asked = json.loads(message)
        if asked["method"] == "findIntersection":
            answer = told["findIntersection"][asked["params"]["points"][0]["id"]]
        else:
            answer = next(blocks)
        await socket.send(json.dumps({"jsonrpc": "2.0", "method": asked["method"], **answer}))


@pytest.fixture
def servers() -> Iterator[tuple[Server, Server]]:
    """Two, because our own node has two; Blockfrost's is the first."""
    started = (Server(), Server())
    yield started
    for server in started:
        server.close()


@pytest.fixture
async def own_node(servers: tuple[Server, Server]) -> AsyncIterator[OwnNodeChain]:
    ogmios, kupo = servers
    ogmios.route, kupo.route = by_method, by_path("kupo")
    async with (
        serve(synchronize, "127.0.0.1", 0) as sockets,
        on_one_port(ogmios.url, sockets.sockets[0].getsockname()[1]) as ogmios_url,
    ):
        chain = OwnNodeChain(ogmios_url=ogmios_url, kupo_url=kupo.url, open_seconds=0)
        yield chain
        await chain.close()


@pytest.fixture
async def blockfrost(servers: tuple[Server, Server]) -> AsyncIterator[BlockfrostChain]:
    chain = BlockfrostChain(
        servers[0].url, project_id=None, requests_per_second=1_000, open_seconds=0
    )
    yield chain
    await chain.close()


@pytest.fixture(params=PROVIDERS)
def chain(
    request: pytest.FixtureRequest,
    servers: tuple[Server, Server],
    blockfrost: BlockfrostChain,
    own_node: OwnNodeChain,
) -> Chain:
    if request.param == "own node":
        return own_node
    servers[0].route = by_path(request.param)
    return blockfrost


async def test_the_tip(chain: Chain) -> None:
    assert await chain.tip() == Tip(4_000_009, 100_944_200, "2" * 64)


async def test_the_parameters(chain: Chain) -> None:
    expected = ProtocolParameters(44, 155_381, 16_384, 4_310, 90_112)

    assert await chain.parameters() == expected
    assert await chain.parameters() == expected


async def test_where_a_transaction_stands(chain: Chain) -> None:
    expected = Inclusion(TX_HASH, BLOCK_HASH, 4_000_000, 100_944_000, 9)

    assert await chain.inclusion(TX_HASH) == expected
    assert await chain.inclusion(OTHER_TX_HASH) is None


async def test_when_its_block_was_made(chain: Chain) -> None:
    inclusion = await chain.inclusion(TX_HASH)

    # Slots of one second since 25 October 2022, as on Preview.
    assert inclusion is not None
    assert inclusion.block_time == datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


async def test_the_metadata_of_a_transaction(chain: Chain) -> None:
    record = {"msg": ["Carbon credit retired"], "quantity": "100.000"}

    assert await chain.metadata(TX_HASH) == {"674": record}


async def test_the_outputs_of_an_address_that_are_lovelace_alone(chain: Chain) -> None:
    assert await chain.unspent_outputs(ADDRESS) == (UnspentOutput(TX_HASH, 0, 4_820_000),)


async def test_the_transactions_of_an_address(chain: Chain) -> None:
    assert await chain.transactions_of(ADDRESS) == (OTHER_TX_HASH, TX_HASH)


async def test_an_address_that_was_never_used(chain: Chain) -> None:
    assert await chain.unspent_outputs("unused") == ()
    assert await chain.transactions_of("unused") == ()


async def test_a_transaction_that_is_taken(chain: Chain) -> None:
    await chain.submit(CBOR)


def told(providers: list[str], kind: str) -> list[Any]:
    return [
        pytest.param(answer, id=f"{provider} {kind} {number}")
        for provider in providers
        for number, answer in enumerate(documented(provider)[kind])
    ]


@pytest.mark.parametrize("answer", told(BLOCKFROST_LIKE, "refusals"))
async def test_blockfrosts_refusals(
    servers: tuple[Server, Server], blockfrost: BlockfrostChain, answer: dict[str, Any]
) -> None:
    servers[0].will_answer(as_written(answer))

    with pytest.raises(TransactionRefused):
        await blockfrost.submit(CBOR)


@pytest.mark.parametrize("answer", told(["ogmios"], "refusals"))
async def test_ogmios_refusals(
    servers: tuple[Server, Server], own_node: OwnNodeChain, answer: dict[str, Any]
) -> None:
    servers[0].will_answer(as_written(answer))

    with pytest.raises(TransactionRefused):
        await own_node.submit(CBOR)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        *((*answer.values, ChainUnavailable) for answer in told(BLOCKFROST_LIKE, "unavailable")),
        *(
            (*answer.values, ChainMisconfigured)
            for answer in told(BLOCKFROST_LIKE, "misconfigured")
        ),
    ],
)
async def test_blockfrosts_troubles(
    servers: tuple[Server, Server],
    blockfrost: BlockfrostChain,
    answer: dict[str, Any],
    expected: type[Exception],
) -> None:
    servers[0].will_answer(as_written(answer), as_written(answer))

    with pytest.raises(expected):
        await blockfrost.submit(CBOR)
    with pytest.raises(expected):
        await blockfrost.inclusion(TX_HASH)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        *((*answer.values, ChainUnavailable) for answer in told(["ogmios"], "unavailable")),
        *((*answer.values, ChainMisconfigured) for answer in told(["ogmios"], "misconfigured")),
    ],
)
async def test_ogmios_troubles(
    servers: tuple[Server, Server],
    own_node: OwnNodeChain,
    answer: dict[str, Any],
    expected: type[Exception],
) -> None:
    await own_node.tip()
    servers[0].will_answer(as_written(answer), as_written(answer))

    with pytest.raises(expected):
        await own_node.submit(CBOR)
    with pytest.raises(expected):
        await own_node.parameters()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        *((*answer.values, ChainUnavailable) for answer in told(["kupo"], "unavailable")),
        *((*answer.values, ChainMisconfigured) for answer in told(["kupo"], "misconfigured")),
    ],
)
async def test_kupos_troubles(
    servers: tuple[Server, Server],
    own_node: OwnNodeChain,
    answer: dict[str, Any],
    expected: type[Exception],
) -> None:
    servers[1].will_answer(as_written(answer), as_written(answer))

    with pytest.raises(expected):
        await own_node.tip()
    with pytest.raises(expected):
        await own_node.inclusion(TX_HASH)


async def test_nothing_is_requested_that_some_of_them_do_not_have(
    servers: tuple[Server, Server], blockfrost: BlockfrostChain
) -> None:
    """Neither `/genesis` nor `/mempool`: hosted Blockfrost alone has both."""
    servers[0].route = by_path("blockfrost")

    await blockfrost.tip()
    await blockfrost.parameters()
    await blockfrost.inclusion(TX_HASH)
    await blockfrost.metadata(TX_HASH)
    await blockfrost.unspent_outputs(ADDRESS)
    await blockfrost.transactions_of(ADDRESS)
    await blockfrost.submit(CBOR)

    asked = {urlsplit(question.path).path.split("/")[3] for question in servers[0].questions}
    assert asked == {"addresses", "blocks", "epochs", "tx", "txs"}
