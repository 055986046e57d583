"""
Our client beside the official SDK, which somebody else wrote against the real servers.

No module of the registry imports the SDK (ADR 0030); here it says what a right question is.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from blockfrost import ApiUrls, BlockFrostApi

from adapters.chain.blockfrost.client import BlockfrostChain
from tests.adapters.chain.answering import Answer, Question, Server
from tests.adapters.chain.worlds import World

PROJECT_ID = "previewSECRETsecretSECRETsecret0"
TX_HASH, BLOCK_HASH, ADDRESS = "a" * 64, "b" * 64, "addr_test1x"
CBOR = b"\x84signed"
PAGE = {"count": 100, "page": 1, "order": "asc"}
BLOCK = {"height": 7, "slot": 140, "hash": BLOCK_HASH, "confirmations": 3}
PARAMETERS = {
    "min_fee_a": 44,
    "min_fee_b": 155381,
    "max_tx_size": 16384,
    "max_block_size": "90112",
    "coins_per_utxo_size": "4310",
}
ANSWERS: dict[str, Any] = {
    "/blocks/latest": BLOCK,
    f"/blocks/{BLOCK_HASH}": BLOCK,
    "/epochs/latest/parameters": PARAMETERS,
    f"/txs/{TX_HASH}": {"block": BLOCK_HASH},
    f"/txs/{TX_HASH}/metadata": [],
    f"/txs/{TX_HASH}/utxos": {"inputs": []},
    f"/addresses/{ADDRESS}/utxos": [],
    f"/addresses/{ADDRESS}/transactions": [],
    "/tx/submit": TX_HASH,
}

FOLDER = Path(__file__).parents[4]
NAMING_HOSTED_SERVERS = ["README.md", "docker-compose.yml", "docs", "tools", "api/templates"]


def answer(question: Question) -> Answer:
    path = urlsplit(question.path).path.removeprefix("/api/v0")
    return Answer(body=json.dumps(ANSWERS[path]))


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    started.route = answer
    yield started
    started.close()


@pytest.fixture
async def ours(server: Server) -> AsyncIterator[BlockfrostChain]:
    chain = BlockfrostChain(server.url, project_id=PROJECT_ID, requests_per_second=1_000)
    yield chain
    await chain.close()


@pytest.fixture
def theirs(server: Server) -> BlockFrostApi:
    base = server.url.removesuffix("/v0")
    return BlockFrostApi(project_id=PROJECT_ID, base_url=base, api_version="v0")


@pytest.mark.parametrize(
    ("ask_ours", "ask_theirs"),
    [
        pytest.param(lambda ours: ours.tip(), [lambda sdk: sdk.block_latest()], id="tip"),
        pytest.param(
            lambda ours: ours.parameters(),
            [lambda sdk: sdk.block_latest(), lambda sdk: sdk.epoch_latest_parameters()],
            id="parameters",
        ),
        pytest.param(
            lambda ours: ours.inclusion(TX_HASH),
            [lambda sdk: sdk.transaction(TX_HASH), lambda sdk: sdk.block(BLOCK_HASH)],
            id="inclusion",
        ),
        pytest.param(
            lambda ours: ours.metadata(TX_HASH),
            [lambda sdk: sdk.transaction_metadata(TX_HASH)],
            id="metadata",
        ),
        pytest.param(
            lambda ours: ours.payers(TX_HASH),
            [lambda sdk: sdk.transaction_utxos(TX_HASH)],
            id="payers",
        ),
        pytest.param(
            lambda ours: ours.unspent_outputs(ADDRESS),
            [lambda sdk: sdk.address_utxos(ADDRESS, **PAGE)],
            id="unspent outputs",
        ),
        pytest.param(
            lambda ours: ours.transactions_of(ADDRESS, since_height=7),
            [lambda sdk: sdk.address_transactions(ADDRESS, from_block="7", **PAGE)],
            id="transactions",
        ),
        pytest.param(
            lambda ours: ours.submit(CBOR),
            [lambda sdk: sdk.transaction_submit_cbor(CBOR, return_type="json")],
            id="submission",
        ),
    ],
)
async def test_the_sdk_asks_the_same_questions(
    server: Server,
    ours: BlockfrostChain,
    theirs: BlockFrostApi,
    ask_ours: Callable[[BlockfrostChain], Awaitable[object]],
    ask_theirs: list[Callable[[BlockFrostApi], object]],
) -> None:
    await ask_ours(ours)
    asked_by_us = [_essence(question) for question in server.questions]
    server.questions.clear()
    for ask in ask_theirs:
        await asyncio.to_thread(ask, theirs)

    assert asked_by_us == [_essence(question) for question in server.questions]


def _essence(question: Question) -> tuple[object, ...]:
    url = urlsplit(question.path)
    named = [question.headers.get(name) for name in ("project_id", "content-type")]
    return question.method, url.path, sorted(parse_qsl(url.query)), *named, question.body


async def test_the_devnet_is_understood_by_the_sdk(origin: str, bank: World) -> None:
    theirs = BlockFrostApi(project_id="none", base_url=f"{origin}/api", api_version="v0")

    block = await asyncio.to_thread(theirs.block_latest)
    outputs = await asyncio.to_thread(theirs.address_utxos, bank.wallet.address)

    tip = await bank.chain.tip()
    assert (block.height, block.slot, block.hash) == (tip.height, tip.slot, tip.block_hash)
    assert {
        (output.tx_hash, output.output_index, int(output.amount[0].quantity)) for output in outputs
    } == {
        (output.tx_hash, output.index, output.lovelace)
        for output in await bank.chain.unspent_outputs(bank.wallet.address)
    }


def test_the_hosted_servers_that_we_name_are_those_of_the_sdk() -> None:
    named = {url for path in NAMING_HOSTED_SERVERS for url in _hosted_urls(FOLDER / path)}

    assert named
    assert named <= {f"{url.value}/v0" for url in ApiUrls}


def _hosted_urls(path: Path) -> set[str]:
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    return {
        url
        for file in files
        if file.suffix in {".md", ".yml", ".py", ".html"}
        for url in re.findall(r"https://[\w-]+\.blockfrost\.io[\w/]*", file.read_text())
    }
