"""
How our own node's servers are taken at their word: Ogmios and Kupo.

What a well-behaved chain does is in test_chain_contract.py; here the servers answer as told.
"""

import json
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable, TransactionRefused
from adapters.chain.own_node.client import OwnNodeChain
from domain.chain.transactions import Tip, UnspentOutput
from tests.adapters.chain.answering import Answer, Server
from tests.adapters.chain.conftest import DOORS
from tests.adapters.chain.worlds import DevnetHand, World

NOBODY_LISTENS = "http://127.0.0.1:9"
SECRET = "ogmios1SECRETsecretSECRET"
ADDRESS = "addr_test1vzpwq95z3xyum8vqndgdd9mdnmafh3djcxnc6jemlgdmswcve6tkw"
TX_HASHES = [f"{number:064x}" for number in range(10)]
BLOCK_HASH = "cd" * 32
CBOR = b"\x84signed"
EPOCH_SLOTS = 86_400


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture
async def ogmios(server: Server) -> AsyncIterator[OwnNodeChain]:
    """Its Ogmios answers as told."""
    chain = OwnNodeChain(
        ogmios_url=f"{server.url}/{SECRET}", kupo_url=NOBODY_LISTENS, open_seconds=0
    )
    yield chain
    await chain.close()


@pytest.fixture
async def kupo(server: Server, origin: str) -> AsyncIterator[OwnNodeChain]:
    """Its Kupo answers as told; its Ogmios is the devnet's."""
    chain = OwnNodeChain(ogmios_url=f"{origin}/ogmios", kupo_url=server.url, open_seconds=0)
    yield chain
    await chain.close()


@pytest.fixture
def own_node(doors: dict[str, World]) -> World:
    return doors[DOORS[-1]]


def failure(code: int, message: str = "No.", **data: Any) -> Answer:
    error = {"code": code, "message": message} | ({"data": data} if data else {})
    content = {"jsonrpc": "2.0", "method": "submitTransaction", "error": error, "id": None}
    return Answer(400, json.dumps(content))


def match(tx_hash: str, slot: int, index: int = 0, **changes: Any) -> dict[str, Any]:
    plain = {
        "transaction_index": index,
        "transaction_id": tx_hash,
        "output_index": 0,
        "address": ADDRESS,
        "value": {"coins": 5_000_000, "assets": {}},
        "datum_hash": None,
        "script_hash": None,
        "created_at": point(slot),
        "spent_at": None,
    }
    return plain | changes


def point(slot: int, block_hash: str = BLOCK_HASH) -> dict[str, Any]:
    return {"slot_no": slot, "header_hash": block_hash}


def spent(tx_hash: str | None, slot: int) -> dict[str, Any]:
    return {**point(slot), "transaction_id": tx_hash, "input_index": 0, "redeemer": None}


async def test_bytes_are_submitted_in_hex(server: Server, ogmios: OwnNodeChain) -> None:
    server.will_answer({"jsonrpc": "2.0", "result": {"transaction": {"id": TX_HASHES[1]}}})

    await ogmios.submit(CBOR)

    (question,) = server.questions
    assert json.loads(question.body) == {
        "jsonrpc": "2.0",
        "method": "submitTransaction",
        "params": {"transaction": {"cbor": CBOR.hex()}},
    }


@pytest.mark.parametrize("code", [3005, 3117, 3118, 3997, -32602])
async def test_what_the_node_will_not_take_is_refused_in_its_own_words(
    server: Server, ogmios: OwnNodeChain, code: int
) -> None:
    server.will_answer(failure(code, "Not so.", error="x" * 1_000))

    with pytest.raises(TransactionRefused) as caught:
        await ogmios.submit(CBOR)

    assert str(caught.value).startswith('Not so. {"error": "xxx')
    assert len(str(caught.value)) == 300


@pytest.mark.parametrize("code", [1000, 2001, 2003, -32600, -32603, -32700])
async def test_other_failures_say_nothing_about_the_transaction(
    server: Server, ogmios: OwnNodeChain, code: int
) -> None:
    server.will_answer(failure(code))

    with pytest.raises(ChainUnavailable, match=f"submitTransaction: error {code}"):
        await ogmios.submit(CBOR)


async def test_an_ogmios_of_another_age_is_misconfigured(
    server: Server, ogmios: OwnNodeChain
) -> None:
    server.will_answer(failure(-32601))

    with pytest.raises(ChainMisconfigured, match="Ogmios v6 is needed"):
        await ogmios.submit(CBOR)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(502, "<html>bad gateway</html>"),
        Answer(429),
        Answer(500),
        Answer(200, "<html>welcome</html>"),
        Answer(400, "<html>bad request</html>"),
        Answer(200, "null"),
        Answer(200, '{"result": {}}'),
        Answer(200, '{"result": {"transaction": {"id": "short"}}}'),
    ],
)
async def test_nonsense_and_trouble_are_unavailability(
    server: Server, ogmios: OwnNodeChain, answer: Answer
) -> None:
    server.will_answer(answer)

    with pytest.raises(ChainUnavailable):
        await ogmios.submit(CBOR)


@pytest.mark.parametrize("status", [302, 401, 402, 403, 404, 418])
async def test_trouble_that_stays_is_misconfiguration(
    server: Server, ogmios: OwnNodeChain, kupo: OwnNodeChain, status: int
) -> None:
    server.will_answer(*[Answer(status, headers={"Location": "/elsewhere"})] * 2)

    with pytest.raises(ChainMisconfigured, match=f"Ogmios: submitTransaction: HTTP {status}"):
        await ogmios.submit(CBOR)
    with pytest.raises(ChainMisconfigured, match=f"Kupo: GET /checkpoints: HTTP {status}"):
        await kupo.tip()


@pytest.mark.parametrize("answer", [Answer(403), Answer(500), Answer(body="nonsense")])
async def test_the_addresses_of_our_servers_are_in_no_error_and_no_log(
    server: Server, ogmios: OwnNodeChain, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for chatty in ("httpx", "websockets"):
        caplog.set_level(logging.WARNING, chatty)
    server.will_answer(answer)

    with pytest.raises(Exception) as caught:
        await ogmios.submit(CBOR)

    shown = traceback.TracebackException.from_exception(caught.value)
    assert SECRET not in "".join(shown.format()) + caplog.text


async def test_servers_that_are_not_there_are_unavailable(origin: str) -> None:
    nowhere = OwnNodeChain(ogmios_url=NOBODY_LISTENS, kupo_url=f"{origin}/kupo", open_seconds=0)

    with pytest.raises(ChainUnavailable, match="Ogmios: submitTransaction: ConnectError"):
        await nowhere.submit(CBOR)
    with pytest.raises(ChainUnavailable, match="Ogmios: chain synchronization"):
        await nowhere.tip()
    await nowhere.close()


@pytest.mark.parametrize("status", [403, 503])
async def test_a_websocket_that_is_refused_is_judged_by_its_status(
    own_node: World, origin: str, status: int
) -> None:
    chain = OwnNodeChain(ogmios_url=f"{origin}/ogmios", kupo_url=f"{origin}/kupo", open_seconds=0)
    await DevnetHand(origin).fault({"status": status, "path": "WS /ogmios"})
    expected = ChainMisconfigured if status == 403 else ChainUnavailable

    with pytest.raises(expected, match=f"chain synchronization: HTTP {status}"):
        await chain.tip()
    await chain.close()


async def test_a_websocket_that_breaks_off_says_nothing(origin: str) -> None:
    chain = OwnNodeChain(ogmios_url=f"{origin}/ogmios", kupo_url=f"{origin}/kupo", open_seconds=0)
    await DevnetHand(origin).fault({"lose_response": True, "path": "findIntersection"})

    with pytest.raises(ChainUnavailable, match="chain synchronization: ConnectionClosed"):
        await chain.tip()
    await chain.close()


async def test_the_tip_is_as_far_as_the_index_has_read(
    server: Server, kupo: OwnNodeChain, bank: World
) -> None:
    read = await bank.chain.tip()
    await bank.hand.mine(3)
    server.will_answer([point(read.slot, read.block_hash), point(read.slot - 1)])

    assert await kupo.tip() == read


async def test_an_index_that_stands_still_proves_no_absence(
    server: Server, kupo: OwnNodeChain, bank: World
) -> None:
    """Otherwise a transaction would be taken for expired, and its records be written twice."""
    read = await bank.chain.tip()
    await bank.hand.mine(8)
    newest = [point(read.slot, read.block_hash)]
    server.will_answer([], newest, newest)

    absent = await kupo.inclusion(TX_HASHES[1])
    tip = await kupo.tip()

    assert (absent, tip.height) == (None, read.height)


async def test_an_index_far_behind_its_node_is_unavailable(
    server: Server, kupo: OwnNodeChain, bank: World
) -> None:
    """Else one that reads everything anew, for another address, would make all records vanish."""
    read = await bank.chain.tip()
    await bank.hand.mine(slots=601)
    newest = [point(read.slot, read.block_hash)]
    server.will_answer(newest, [], newest)

    with pytest.raises(ChainUnavailable, match=r"Kupo is 6\d\d slots behind the node"):
        await kupo.tip()
    with pytest.raises(ChainUnavailable, match=r"Kupo is 6\d\d slots behind the node"):
        await kupo.inclusion(TX_HASHES[1])


async def test_a_block_that_the_node_has_left_says_nothing(
    server: Server, kupo: OwnNodeChain
) -> None:
    server.will_answer([point(1)], [match(TX_HASHES[1], 1)])

    with pytest.raises(ChainUnavailable, match="findIntersection: error 1000"):
        await kupo.tip()
    with pytest.raises(ChainUnavailable, match="findIntersection: error 1000"):
        await kupo.inclusion(TX_HASHES[1])


async def test_an_index_that_has_read_nothing_is_unavailable(
    server: Server, kupo: OwnNodeChain
) -> None:
    server.will_answer([])

    with pytest.raises(ChainUnavailable, match="no block has been read yet"):
        await kupo.tip()


async def test_a_height_is_requested_for_once(own_node: World) -> None:
    before = await _calls(own_node, "WS /ogmios")
    tips = {await _tip(own_node) for _ in range(5)}

    assert len(tips) == 1
    assert await _calls(own_node, "WS /ogmios") - before <= 1


async def test_parameters_are_asked_for_once_in_an_epoch(own_node: World) -> None:
    method = "POST /ogmios queryLedgerState/protocolParameters"
    await own_node.chain.tip()
    await own_node.chain.parameters()
    before = await _calls(own_node, method)

    for _ in range(3):
        await own_node.chain.parameters()
    same_epoch = await _calls(own_node, method)
    await own_node.hand.mine(slots=EPOCH_SLOTS)
    await own_node.chain.tip()
    await own_node.chain.parameters()

    assert (same_epoch - before, await _calls(own_node, method) - before) == (0, 1)


async def _tip(world: World) -> Tip:
    return await world.chain.tip()


async def _calls(world: World, call: str) -> int:
    assert isinstance(world.hand, DevnetHand)
    return (await world.hand.calls()).get(call, 0)


async def test_outputs_with_tokens_or_scripts_are_left_alone(
    server: Server, kupo: OwnNodeChain
) -> None:
    token = {"coins": 2_000_000, "assets": {"ab" * 28: 1}}
    server.will_answer(
        [
            match(TX_HASHES[1], 1),
            match(TX_HASHES[2], 2, value=token),
            match(TX_HASHES[3], 3, script_hash="ab" * 28),
        ]
    )

    outputs = await kupo.unspent_outputs(ADDRESS)

    assert outputs == (UnspentOutput(TX_HASHES[1], 0, 5_000_000),)
    assert server.questions[0].path == f"/api/v0/matches/{ADDRESS}?order=oldest_first&unspent="


async def test_an_address_that_nobody_watches_is_not_taken_for_an_empty_one(
    server: Server, kupo: OwnNodeChain
) -> None:
    server.will_answer([], [], [], [ADDRESS])

    with pytest.raises(
        ChainMisconfigured, match=f"does not watch {ADDRESS}; start it with --match"
    ):
        await kupo.unspent_outputs(ADDRESS)
    assert await kupo.unspent_outputs(ADDRESS) == ()


async def test_transactions_come_in_the_chains_order_also_when_they_leave_nothing(
    server: Server, kupo: OwnNodeChain
) -> None:
    first, second, third, gift, sweep = TX_HASHES[1:6][::-1]
    server.will_answer(
        [
            match(second, 10, 4, spent_at=spent(third, 10)),
            match(third, 10, 7, spent_at=spent(sweep, 30)),
            match(gift, 10, 9),
            match(first, 5, 9, spent_at=spent(second, 10)),
        ]
    )

    assert await kupo.transactions_of(ADDRESS) == (first, second, third, gift, sweep)


async def test_an_index_that_does_not_say_what_spent_an_output_is_too_old(
    server: Server, kupo: OwnNodeChain
) -> None:
    server.will_answer([match(TX_HASHES[1], 1, spent_at=spent(None, 2))])

    with pytest.raises(ChainMisconfigured, match="build it anew"):
        await kupo.transactions_of(ADDRESS)


async def test_who_paid_is_told_of_one_transaction_of_a_block_alone(own_node: World) -> None:
    world = own_node
    await world.hand.mine()
    first = await world.sign({"msg": ["first"]})
    second = await world.sign({"msg": ["second"]}, first.change)
    await world.chain.submit(first.cbor)
    await world.chain.submit(second.cbor)
    await world.hand.mine()
    chain = world.chain
    assert isinstance(chain, OwnNodeChain)

    payers = [await chain.payers(signed.tx_hash) for signed in (first, second)]

    assert payers == [(world.wallet.address,)] * 2
    with pytest.raises(ChainUnavailable, match="is not shown"):
        await chain.payers(TX_HASHES[1])


async def test_metadata_of_every_kind_reads_as_at_blockfrost(
    server: Server, kupo: OwnNodeChain
) -> None:
    pairs = [
        {"k": {"string": "msg"}, "v": {"list": [{"string": "é"}, {"int": -1}]}},
        {"k": {"int": 7}, "v": {"bytes": "00ff"}},
    ]
    told = [{"hash": "ab" * 32, "raw": "a0", "schema": {"674": {"map": pairs}}}]
    server.will_answer(
        [match(TX_HASHES[1], 10)],
        Answer(body=json.dumps(told), headers={"X-Block-Header-Hash": BLOCK_HASH}),
    )

    metadata = await kupo.metadata(TX_HASHES[1])

    assert metadata == {"674": {"msg": ["é", -1], "7": "0x00ff"}}


async def test_metadata_of_another_block_at_that_slot_is_not_taken(
    server: Server, kupo: OwnNodeChain
) -> None:
    other = Answer(body="[]", headers={"X-Block-Header-Hash": "ef" * 32})
    server.will_answer([match(TX_HASHES[1], 10)], other)

    with pytest.raises(ChainUnavailable, match="the block has gone meanwhile"):
        await kupo.metadata(TX_HASHES[1])


@pytest.mark.parametrize("content", [{}, [{}], [{"transaction_id": 1}], None, 7])
async def test_answers_of_another_shape_are_unavailability(
    server: Server, kupo: OwnNodeChain, content: Any
) -> None:
    server.will_answer(Answer(body=json.dumps(content)), [])

    with pytest.raises(ChainUnavailable):
        await kupo.unspent_outputs(ADDRESS)
