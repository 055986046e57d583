"""
How the client takes what servers answer, and what it never lets out.

A small server on loopback answers as told; what a well-behaved chain does is in
test_chain_contract.py.
"""

import asyncio
import json
import logging
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable, TransactionRefused
from adapters.chain import http_client, parameters
from adapters.chain.blockfrost import api, client
from adapters.chain.blockfrost.client import BlockfrostChain
from domain.chain.networks import CardanoNetwork, NetworkTold, other_network
from domain.chain.transactions import Inclusion, ProtocolParameters, Tip, UnspentOutput
from tests.adapters.chain.answering import Answer, Question, Server

PROJECT_ID = "previewSECRETsecretSECRETsecret0"
TX_HASH = "ab" * 32
BLOCK_HASH = "cd" * 32
BLOCK = {"height": 7, "slot": 140, "hash": BLOCK_HASH, "confirmations": 3}
CBOR = b"\x84signed"
PARAMETERS = {
    "min_fee_a": 44,
    "min_fee_b": 155381,
    "max_tx_size": 16384,
    "max_block_size": "90112",
    "coins_per_utxo_size": "4310",
}


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture
async def chain(server: Server) -> AsyncIterator[BlockfrostChain]:
    client = BlockfrostChain(server.url, project_id=PROJECT_ID, requests_per_second=1_000)
    yield client
    await client.close()


def refusal(status: int, message: str = "No.") -> Answer:
    body = {"status_code": status, "error": "Error", "message": message}
    return Answer(status, json.dumps(body))


def in_epoch(epoch: int) -> dict[str, Any]:
    return BLOCK | {"epoch": epoch}


def parameters_of(epoch: int) -> dict[str, Any]:
    """With a fee by which the epoch is known again."""
    return PARAMETERS | {"epoch": epoch, "min_fee_b": epoch}


async def test_questions_carry_the_project_id_over_one_connection(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer(BLOCK, BLOCK)

    assert await chain.tip() == Tip(7, 140, BLOCK_HASH)
    await chain.tip()

    assert [question.path for question in server.questions] == ["/api/v0/blocks/latest"] * 2
    assert {question.headers["project_id"] for question in server.questions} == {PROJECT_ID}
    assert len({question.port for question in server.questions}) == 1


async def test_without_a_project_id_none_is_sent_whatever_the_environment_says(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKFROST_PROJECT_ID", PROJECT_ID)
    server.will_answer(BLOCK)
    client = BlockfrostChain(server.url, project_id=None, requests_per_second=1_000)

    await client.tip()
    await client.close()

    assert "project_id" not in server.questions[0].headers


async def test_a_server_at_the_root_has_no_prefix(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKFROST_API_VERSION", "v9")
    server.will_answer(BLOCK)
    root = server.url.removesuffix("/api/v0")
    client = BlockfrostChain(root + "/", project_id=None, requests_per_second=1_000)

    await client.tip()
    await client.close()

    assert server.questions[0].path == "/blocks/latest"


async def test_parameters_come_as_numbers_or_as_texts(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer(BLOCK, PARAMETERS)

    assert await chain.parameters() == ProtocolParameters(44, 155_381, 16_384, 4_310, 90_112)


async def test_parameters_are_asked_for_once_in_an_epoch(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer(in_epoch(7), parameters_of(7), in_epoch(7), in_epoch(8), parameters_of(8))

    await chain.parameters()
    await chain.parameters()
    await chain.tip()
    await chain.parameters()
    await chain.tip()
    changed = await chain.parameters()

    assert changed.fee_fixed == 8
    assert [question.path.rpartition("/v0/")[2] for question in server.questions] == [
        "blocks/latest",
        "epochs/latest/parameters",
        "blocks/latest",
        "blocks/latest",
        "epochs/latest/parameters",
    ]


async def test_a_server_that_lags_behind_its_own_tip_is_requested_again(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer(in_epoch(8), parameters_of(7), parameters_of(8))

    fees = [(await chain.parameters()).fee_fixed for _ in range(3)]

    assert fees == [7, 8, 8]


async def test_a_server_that_names_no_epoch_is_requested_each_time(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer(BLOCK, PARAMETERS, PARAMETERS)

    await chain.parameters()
    await chain.parameters()

    assert len(server.questions) == 3


async def test_a_tip_of_long_ago_is_requested_for_again_before_parameters_are_trusted(
    server: Server, chain: BlockfrostChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.will_answer(in_epoch(7), parameters_of(7), in_epoch(8), parameters_of(8))
    await chain.parameters()

    monkeypatch.setattr(parameters, "TIP_SECONDS_MAX", -1.0)

    assert (await chain.parameters()).fee_fixed == 8


async def test_the_block_is_requested_for_by_its_hash(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer({"block": BLOCK_HASH, "block_height": 7}, BLOCK)

    assert await chain.inclusion(TX_HASH) == Inclusion(TX_HASH, BLOCK_HASH, 7, 140, 3)
    assert [question.path for question in server.questions] == [
        f"/api/v0/txs/{TX_HASH}",
        f"/api/v0/blocks/{BLOCK_HASH}",
    ]


async def test_confirmations_that_a_server_leaves_out_are_counted(
    server: Server, chain: BlockfrostChain
) -> None:
    silent = {name: value for name, value in BLOCK.items() if name != "confirmations"}
    server.will_answer({"block": BLOCK_HASH}, silent, BLOCK | {"height": 12})

    inclusion = await chain.inclusion(TX_HASH)

    assert inclusion == Inclusion(TX_HASH, BLOCK_HASH, 7, 140, 5)


async def test_a_block_that_is_gone_between_two_answers_is_not_shown(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer({"block": BLOCK_HASH, "block_height": 7}, refusal(404))

    assert await chain.inclusion(TX_HASH) is None


def page(first: int, size: int) -> list[dict[str, Any]]:
    return [output(number) for number in range(first, first + size)]


def output(number: int, **changes: Any) -> dict[str, Any]:
    plain = {
        "tx_hash": f"{number:064x}",
        "output_index": 1,
        "amount": [{"unit": "lovelace", "quantity": str(number)}],
        "reference_script_hash": None,
    }
    return plain | changes


async def test_all_pages_of_outputs_are_read(server: Server, chain: BlockfrostChain) -> None:
    server.will_answer(page(0, 100), page(100, 100), page(200, 3))

    outputs = await chain.unspent_outputs("addr_test1x")

    assert outputs == tuple(UnspentOutput(f"{number:064x}", 1, number) for number in range(203))
    assert [question.path.rpartition("utxos")[2] for question in server.questions] == [
        f"?count=100&page={number}&order=asc" for number in (1, 2, 3)
    ]


async def test_a_history_of_more_pages_than_calls_can_be_nested_is_read(
    server: Server, chain: BlockfrostChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE_LENGTH", 1)
    monkeypatch.setattr(client, "WINDOW_PAGES", 1_000)
    server.will_answer(*([sent(number)] for number in range(600)), [])

    hashes = await chain.transactions_of("addr_test1x")

    assert hashes == tuple(f"{number:064x}" for number in range(600))


def sent(number: int) -> dict[str, Any]:
    """As Blockfrost lists it; two of these are in each block."""
    place = {"tx_index": number % 2, "block_height": number // 2, "block_time": number}
    return {"tx_hash": f"{number:064x}", **place}


async def test_a_long_history_is_read_on_from_a_later_block_not_by_ever_higher_pages(
    server: Server, chain: BlockfrostChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE_LENGTH", 2)
    monkeypatch.setattr(client, "WINDOW_PAGES", 2)
    numbers = [[1, 2], [3, 4], [4, 5], [6, 7], [6, 7], []]
    server.will_answer(*([sent(number) for number in page] for page in numbers))

    hashes = await chain.transactions_of("addr_test1x")

    assert hashes == tuple(f"{number:064x}" for number in range(1, 8))
    assert [question.path.partition("?")[2] for question in server.questions] == [
        "count=2&page=1&order=asc",
        "count=2&page=2&order=asc",
        "count=2&page=1&order=asc&from=2",
        "count=2&page=2&order=asc&from=2",
        "count=2&page=1&order=asc&from=3",
        "count=2&page=2&order=asc&from=3",
    ]


async def test_a_block_that_fills_a_window_is_read_on_from_inside_the_block(
    server: Server, chain: BlockfrostChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE_LENGTH", 2)
    monkeypatch.setattr(client, "WINDOW_PAGES", 2)
    server.route = as_listed([placed(height, index) for height in (1, 2, 3) for index in range(9)])

    hashes = await chain.transactions_of("addr_test1x")

    assert hashes == tuple(f"{number:064x}" for number in range(27))


async def test_a_server_that_gives_the_same_window_for_ever_is_not_asked_for_ever(
    server: Server, chain: BlockfrostChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE_LENGTH", 2)
    monkeypatch.setattr(client, "WINDOW_PAGES", 1)
    server.route = lambda _: Answer(body=json.dumps([placed(5, 0), placed(5, 1)]))

    with pytest.raises(ChainUnavailable, match="transactions_of: unreadable answer"):
        await chain.transactions_of("addr_test1x")


def placed(height: int, index: int) -> dict[str, Any]:
    """The transaction with this place in its block; nine of these are in each."""
    place = {"tx_index": index, "block_height": height, "block_time": height}
    return {"tx_hash": f"{(height - 1) * 9 + index:064x}", **place}


def as_listed(entries: list[dict[str, Any]]) -> Callable[[Question], Answer]:
    """As Blockfrost pages a list: `from` is a block, or a place in one."""

    def answer(question: Question) -> Answer:
        query = parse_qs(urlsplit(question.path).query)
        height, _, index = query.get("from", ["0"])[0].partition(":")
        start = (int(height), int(index or 0))
        listed = [one for one in entries if (one["block_height"], one["tx_index"]) >= start]
        count, number = int(query["count"][0]), int(query["page"][0])
        return Answer(body=json.dumps(listed[(number - 1) * count : number * count]))

    return answer


async def test_an_object_in_place_of_a_list_is_no_empty_list(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer({}, {})

    with pytest.raises(ChainUnavailable):
        await chain.unspent_outputs("addr_test1x")
    with pytest.raises(ChainUnavailable):
        await chain.transactions_of("addr_test1x")


async def test_an_output_that_slid_onto_the_next_page_counts_once(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer(page(0, 100), page(99, 2))

    assert len(await chain.unspent_outputs("addr_test1x")) == 101


async def test_outputs_with_tokens_or_scripts_are_left_alone(
    server: Server, chain: BlockfrostChain
) -> None:
    token = {"unit": "ab" * 28 + "00", "quantity": "1"}
    server.will_answer(
        [
            output(1),
            output(2, amount=[{"unit": "lovelace", "quantity": "2"}, token]),
            output(3, reference_script_hash="ab" * 28),
        ]
    )

    assert await chain.unspent_outputs("addr_test1x") == (UnspentOutput(f"{1:064x}", 1, 1),)


@pytest.mark.parametrize("body", [json.dumps(TX_HASH), TX_HASH, TX_HASH + "\n"])
async def test_both_forms_of_the_submit_answer_are_understood(
    server: Server, chain: BlockfrostChain, body: str
) -> None:
    server.will_answer(Answer(body=body))

    await chain.submit(CBOR)

    (question,) = server.questions
    assert (question.method, question.path) == ("POST", "/api/v0/tx/submit")
    assert (question.headers["content-type"], question.body) == ("application/cbor", CBOR)


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_a_refused_transaction_keeps_the_beginning_of_the_nodes_words(
    server: Server, chain: BlockfrostChain, status: int
) -> None:
    server.will_answer(refusal(status, "FeeTooSmallUTxO" + "x" * 1_000))

    with pytest.raises(TransactionRefused) as caught:
        await chain.submit(CBOR)

    assert str(caught.value) == "FeeTooSmallUTxO" + "x" * 285


async def test_a_refusal_without_a_word_is_told_with_its_status(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer(Answer(400, ""), Answer(400, ""))

    with pytest.raises(TransactionRefused, match="HTTP 400"):
        await chain.submit(CBOR)
    with pytest.raises(ChainMisconfigured, match="HTTP 400"):
        await chain.unspent_outputs("addr_test1")


PREVIEW_TIP = {"slot": 100_944_200, "time": 1_767_600_200}
PREPROD_TIP = {"slot": 100_944_200, "time": 1_655_683_200 + 100_944_200}


@pytest.mark.parametrize(
    ("answers", "expected", "other"),
    [
        ([{"network_magic": 2}], CardanoNetwork.PREVIEW, None),
        ([{"network_magic": 1}], CardanoNetwork.PREVIEW, "preprod (network magic 1)"),
        (
            [{"network_magic": 764_824_073}],
            CardanoNetwork.PREPROD,
            "mainnet (network magic 764824073)",
        ),
        (
            [{"network_magic": 42}],
            CardanoNetwork.DEVNET,
            "a network of another name (network magic 42)",
        ),
        # Yaci Store has no genesis, and says when its newest block was made.
        ([refusal(404), PREVIEW_TIP], CardanoNetwork.PREVIEW, None),
        (
            [refusal(404), PREPROD_TIP],
            CardanoNetwork.PREVIEW,
            "preprod (slot 0 at 2022-06-20 00:00:00 UTC)",
        ),
        ([refusal(404), {"slot": 1}], CardanoNetwork.PREVIEW, None),
    ],
)
async def test_another_network_than_ours_is_told(
    server: Server,
    chain: BlockfrostChain,
    answers: list[Any],
    expected: CardanoNetwork,
    other: str | None,
) -> None:
    server.will_answer(*answers)

    told = await chain.network()

    assert other_network(told, expected, slot_zero_at=expected.facts.slot_zero_at) == other


async def test_the_slot_zero_of_a_devnet_is_a_setting() -> None:
    born = datetime(2026, 1, 5, tzinfo=UTC)
    told = NetworkTold(slot_zero_at=born)

    assert other_network(told, CardanoNetwork.DEVNET, slot_zero_at=born) is None


async def test_a_refusal_without_json_is_a_refusal(server: Server, chain: BlockfrostChain) -> None:
    server.will_answer(Answer(400, "transaction read error"))

    with pytest.raises(TransactionRefused, match="transaction read error"):
        await chain.submit(CBOR)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
async def test_trouble_that_passes_is_unavailability(
    server: Server, chain: BlockfrostChain, status: int
) -> None:
    server.will_answer(refusal(status), refusal(status))

    with pytest.raises(ChainUnavailable, match=rf"GET /txs/{TX_HASH}: HTTP {status}"):
        await chain.inclusion(TX_HASH)
    with pytest.raises(ChainUnavailable, match=rf"POST /tx/submit: HTTP {status}"):
        await chain.submit(CBOR)


@pytest.mark.parametrize("status", [401, 402, 403, 405, 418])
async def test_trouble_that_stays_is_misconfiguration(
    server: Server, chain: BlockfrostChain, status: int
) -> None:
    server.will_answer(refusal(status, "Quota."), refusal(status))

    with pytest.raises(ChainMisconfigured, match=f"GET /blocks/latest: HTTP {status} Quota."):
        await chain.tip()
    with pytest.raises(ChainMisconfigured):
        await chain.submit(CBOR)


async def test_an_address_of_another_network_is_misconfiguration(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer(refusal(400, "Invalid address for this network"))

    with pytest.raises(ChainMisconfigured, match="Invalid address for this network"):
        await chain.unspent_outputs("addr1x")


async def test_a_server_that_cannot_be_submitted_to_is_misconfigured(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer(refusal(404))

    with pytest.raises(ChainMisconfigured, match="BLOCKFROST_URL"):
        await chain.submit(CBOR)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body="<html>bad gateway</html>"),
        Answer(body=""),
        Answer(body="null"),
        Answer(body="[]"),
        Answer(body='{"height": null, "slot": 1, "hash": "ab"}'),
        refusal(404),
    ],
)
async def test_nonsense_is_unavailability(
    server: Server, chain: BlockfrostChain, answer: Answer
) -> None:
    server.will_answer(answer)

    with pytest.raises(ChainUnavailable):
        await chain.tip()


async def test_a_page_in_place_of_a_hash_is_no_receipt(
    server: Server, chain: BlockfrostChain
) -> None:
    server.will_answer(Answer(body="<html>welcome</html>"))

    with pytest.raises(ChainUnavailable):
        await chain.submit(CBOR)


async def test_a_redirect_does_not_carry_the_project_id_away(
    server: Server, chain: BlockfrostChain
) -> None:
    elsewhere = Server()
    server.will_answer(Answer(302, headers={"Location": elsewhere.url}))

    with pytest.raises(ChainMisconfigured):
        await chain.tip()
    elsewhere.close()

    assert elsewhere.questions == []


async def test_a_server_that_does_not_answer_is_given_up(
    server: Server, chain: BlockfrostChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "READ_TIMEOUT_SECONDS", 0.2)
    silence = Event()
    server.will_answer(silence)

    with pytest.raises(ChainUnavailable, match="ReadTimeout"):
        await chain.tip()
    silence.set()


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    client = BlockfrostChain("http://127.0.0.1:9", project_id=None, requests_per_second=1_000)

    with pytest.raises(ChainUnavailable, match=r"GET /blocks/latest: ConnectError"):
        await client.tip()
    await client.close()


@pytest.mark.parametrize(
    "answer",
    [refusal(402), refusal(500), refusal(400), refusal(404), Answer(body="nonsense"), Event()],
    ids=["402", "500", "400", "404", "nonsense", "silence"],
)
async def test_the_project_id_is_in_no_log_and_no_error(
    server: Server,
    chain: BlockfrostChain,
    answer: Answer | Event,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_client, "READ_TIMEOUT_SECONDS", 0.2)
    caplog.set_level(logging.DEBUG)
    server.will_answer(answer, answer)

    for asked in (chain.tip(), chain.submit(CBOR)):
        with pytest.raises(Exception) as caught:
            await asked
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        assert PROJECT_ID not in "".join(shown.format())
        # An error of httpx would bring its request along, with all headers.
        assert not isinstance(caught.value.__context__, httpx.HTTPError)
    if isinstance(answer, Event):
        answer.set()

    assert PROJECT_ID not in caplog.text
    assert PROJECT_ID not in repr(chain) + repr(vars(chain))


async def test_questions_wait_for_their_turn(server: Server) -> None:
    server.will_answer(*[BLOCK] * 8)
    client = BlockfrostChain(server.url, project_id=None, requests_per_second=5)
    started = time.monotonic()

    await asyncio.gather(*(client.tip() for _ in range(8)))
    took_seconds = time.monotonic() - started
    await client.close()

    # Five at once, then one each 0.2 s.
    assert took_seconds >= 0.55
