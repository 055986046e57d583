"""The devnet keeps Cardano's rules, makes blocks, goes back, fails on command, and remembers."""

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.processes import CannotStart
from tests.devstack.devnets import Devnet, open_devnet
from tests.devstack.payments import Coin, Payment

MAX_BLOCK_BYTES = 90_112
SYSTEM_START = 1_666_656_000
UNKNOWN_HASH = "0" * 64


async def test_the_platform_wallet_is_funded_with_ten_thousand_ada(folder: Path) -> None:
    async with open_devnet(folder) as devnet:
        coins = await devnet.coins()

    assert sum(coin.lovelace for coin in coins) == 10_000_000_000
    assert len(coins) > 1


async def test_a_submitted_payment_is_confirmed_by_the_blocks_on_top_of_it(devnet: Devnet) -> None:
    payment = devnet.wallet.pay_itself((await devnet.coins())[0], text="a record")

    answer = await devnet.submit(payment)
    before = await devnet.status_of(f"/txs/{payment.hash}")
    made = await devnet.control("mine", blocks=7)

    assert (answer.status_code, answer.json(), before) == (200, payment.hash, 404)
    found = await devnet.get(f"/txs/{payment.hash}")
    assert (found["block"], found["size"]) == (made[0]["hash"], len(payment.signed_bytes))
    assert (await devnet.get(f"/blocks/{found['block']}"))["confirmations"] == 6
    assert await devnet.get(f"/txs/{payment.hash}/metadata") == [
        {"label": "674", "json_metadata": {"msg": ["a record"]}}
    ]
    assert await devnet.get(f"/txs/{payment.hash}/cbor") == {"cbor": payment.signed_bytes.hex()}
    assert payment.change in await devnet.coins()


async def test_a_payment_may_spend_the_change_of_one_that_still_waits(devnet: Devnet) -> None:
    parent = devnet.wallet.pay_itself((await devnet.coins())[0])
    child = devnet.wallet.pay_itself(parent.change)

    answers = [(await devnet.submit(payment)).status_code for payment in (parent, child)]
    [block] = await devnet.control("mine")

    assert (answers, block["txs"]) == ([200, 200], [parent.hash, child.hash])


async def test_a_spent_output_is_refused_in_the_words_of_a_node(devnet: Devnet) -> None:
    [coin, *_] = await devnet.coins()
    await devnet.submit(devnet.wallet.pay_itself(coin, text="first"))

    answer = await devnet.submit(devnet.wallet.pay_itself(coin, text="second"))

    assert answer.status_code == 400
    assert "All inputs are spent" in answer.json()["message"]


async def test_bytes_that_are_no_transaction_are_refused(devnet: Devnet) -> None:
    answer = await devnet.submit(Payment("", b"\x00garbage", Coin("", 0, 0)))

    assert answer.status_code == 400


async def test_a_changed_signature_is_refused(devnet: Devnet) -> None:
    payment = devnet.wallet.pay_itself((await devnet.coins())[0])
    place = payment.signed_bytes.index(b"\x58\x40") + 2
    forged = bytearray(payment.signed_bytes)
    forged[place] ^= 1

    answer = await devnet.submit(Payment(payment.hash, bytes(forged), payment.change))

    assert answer.status_code == 400


async def test_blocks_are_packed_in_order_up_to_the_network_limit(devnet: Devnet) -> None:
    payments = []
    coin = (await devnet.coins())[0]
    for _ in range(8):
        payments.append(devnet.wallet.pay_itself(coin, text="x" * 62, lines=240))
        coin = payments[-1].change
        assert (await devnet.submit(payments[-1])).status_code == 200

    first, second = await devnet.control("mine", blocks=2)

    assert first["txs"] + second["txs"] == [payment.hash for payment in payments]
    next_size = len(payments[len(first["txs"])].signed_bytes)
    assert first["size"] <= MAX_BLOCK_BYTES < first["size"] + next_size


async def test_an_empty_block_leaves_the_mempool_alone(devnet: Devnet) -> None:
    payment = devnet.wallet.pay_itself((await devnet.coins())[0])
    await devnet.submit(payment)

    [empty] = await devnet.control("mine", empty=True)
    [full] = await devnet.control("mine")

    assert (empty["txs"], full["txs"]) == ([], [payment.hash])


async def test_a_rollback_puts_transactions_back_and_they_land_in_another_block(
    devnet: Devnet,
) -> None:
    payment = devnet.wallet.pay_itself((await devnet.coins())[0])
    await devnet.submit(payment)
    [block, *_] = await devnet.control("mine", blocks=3)

    undone = await devnet.control("rollback", blocks=3)
    status = await devnet.status_of(f"/txs/{payment.hash}")
    [again] = await devnet.control("mine")

    assert (undone["mempool"], status) == ([payment.hash], 404)
    assert again["txs"] == [payment.hash]
    assert again["hash"] != block["hash"]
    assert await devnet.status_of(f"/blocks/{block['hash']}") == 404


async def test_a_block_made_again_in_the_same_slot_is_another_block(devnet: Devnet) -> None:
    [block] = await devnet.control("mine", slots=10)
    await devnet.control("rollback", blocks=1)
    await devnet.control("slot", slot=block["slot"] - 1)

    [again] = await devnet.control("mine", slots=1)

    assert again["height"] == block["height"]
    assert again["hash"] != block["hash"]


async def test_a_rollback_may_lose_transactions_and_the_same_bytes_can_be_sent_again(
    devnet: Devnet,
) -> None:
    payment = devnet.wallet.pay_itself((await devnet.coins())[0])
    await devnet.submit(payment)
    await devnet.control("mine")

    await devnet.control("rollback", blocks=1, requeue=False)
    [without] = await devnet.control("mine")
    answer = await devnet.submit(payment)

    assert (without["txs"], answer.status_code) == ([], 200)


async def test_a_payment_whose_time_has_passed_leaves_the_mempool(devnet: Devnet) -> None:
    slot = (await devnet.control("state"))["slot"]
    payment = devnet.wallet.pay_itself((await devnet.coins())[0], ttl_slot=slot + 100)
    await devnet.submit(payment)

    [block] = await devnet.control("mine", slots=200)

    assert (block["txs"], block["expired_or_invalid"]) == ([], [payment.hash])


async def test_slots_follow_the_clock_and_blocks_come_by_themselves(folder: Path) -> None:
    async with open_devnet(folder, block_seconds=0.2) as devnet:
        first = (await devnet.control("state"))["tip"]
        deadline = time.monotonic() + 20
        while (state := await devnet.control("state"))["tip"] < first + 3:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)

    assert abs(state["slot"] - (time.time() - SYSTEM_START)) < 20


async def test_blocks_stop_and_go_on_at_another_pace(folder: Path) -> None:
    async with open_devnet(folder, block_seconds=0.1) as devnet:
        await devnet.control("interval", block_seconds=0)
        before = (await devnet.control("state"))["tip"]
        await asyncio.sleep(0.5)

        assert (await devnet.control("state"))["tip"] == before


@pytest.mark.parametrize(
    ("fault", "status", "content_type"),
    [
        ({"status": 429}, 429, "application/json"),
        ({"status": 503}, 503, "application/json"),
        ({"html": 502}, 502, "text/html"),
    ],
)
async def test_a_fault_replaces_as_many_answers_as_asked(
    devnet: Devnet, fault: dict[str, Any], status: int, content_type: str
) -> None:
    await devnet.control("fault", **fault, path="/blocks/latest", times=2)

    answers = [await devnet.http.get("/api/v0/blocks/latest") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers["content-type"] == content_type
    assert await devnet.status_of("/epochs/latest") == 200


async def test_a_lost_answer_still_carries_out_the_call(devnet: Devnet) -> None:
    payment = devnet.wallet.pay_itself((await devnet.coins())[0])
    await devnet.control("fault", lose_response=True, path="/tx/submit")

    with pytest.raises(httpx.RemoteProtocolError):
        await devnet.submit(payment)

    assert (await devnet.control("state"))["mempool"] == [payment.hash]


async def test_a_lagging_answer_comes_late_and_whole(devnet: Devnet) -> None:
    await devnet.control("fault", delay_ms=400, path="/genesis")
    began = time.monotonic()

    genesis = await devnet.get("/genesis")

    assert time.monotonic() - began >= 0.4
    assert genesis["system_start"] == SYSTEM_START


async def test_armed_faults_can_be_cleared(devnet: Devnet) -> None:
    await devnet.control("fault", status=500, times=1000)

    left = await devnet.control("fault", clear=True)

    assert (left, await devnet.status_of("/health")) == ([], 200)


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("mine", {"blocks": 0}, '"blocks" must be a whole number from 1 to 100000.'),
        ("mine", {"bloks": 1}, '"bloks" is not a field of this call.'),
        ("mine", {"empty": "yes"}, '"empty" must be true or false.'),
        ("rollback", {"blocks": 9999}, '"blocks" must be a whole number from 1 to '),
        ("slot", {}, 'Give either "slot" or "advance".'),
        ("slot", {"slot": 1}, '"slot" must be a whole number from '),
        ("fault", {}, 'A fault needs "status", "html", "empty", "lose_response" or "delay_ms".'),
        ("fault", {"status": 500, "html": 502}, "A fault gives one answer, not status and html."),
        ("fault", {"status": 200}, '"status" must be a whole number from 400 to 599.'),
        ("interval", {}, 'Give "block_seconds"; 0 stops the blocks.'),
        ("mine", [1], "The body must be a JSON object."),
    ],
)
async def test_a_wrong_control_call_is_refused_with_a_sentence_and_changes_nothing(
    devnet: Devnet, name: str, body: Any, sentence: str
) -> None:
    before = (await devnet.control("state"))["tip_hash"]

    answer = await devnet.http.post(f"/devnet/{name}", json=body)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(sentence)
    assert (await devnet.control("state"))["tip_hash"] == before


async def test_calls_are_counted_by_kind(devnet: Devnet) -> None:
    before = (await devnet.control("state"))["calls"].get("GET /txs/{hash}", 0)

    await devnet.status_of(f"/txs/{UNKNOWN_HASH}")
    await devnet.http.get(f"/txs/{UNKNOWN_HASH}")

    calls = (await devnet.http.get("/devnet/state")).json()["calls"]

    assert calls["GET /txs/{hash}"] == before + 2


async def test_the_chain_of_yesterday_is_there_after_a_restart(folder: Path) -> None:
    async with open_devnet(folder) as devnet:
        kept = devnet.wallet.pay_itself((await devnet.coins())[0], text="kept")
        undone = devnet.wallet.pay_itself((await devnet.coins())[1], text="undone")
        await devnet.submit(kept)
        await devnet.control("mine", blocks=2)
        await devnet.submit(undone)
        await devnet.control("mine")
        await devnet.control("rollback", blocks=1, requeue=False)
        record = await devnet.get(f"/txs/{kept.hash}")
        coins = await devnet.coins()
        tip = await devnet.get("/blocks/latest")

    async with open_devnet(folder) as devnet:
        after = await devnet.get("/blocks/latest")

        assert await devnet.get(f"/txs/{kept.hash}") == record
        assert await devnet.status_of(f"/txs/{undone.hash}") == 404
        assert await devnet.coins() == coins
        assert after["previous_block"] == tip["hash"]
        assert after["slot"] > tip["slot"]
        again = devnet.wallet.pay_itself(kept.change)
        assert (await devnet.submit(again)).status_code == 200


async def test_blocks_of_yesterday_can_be_rolled_back_today(folder: Path) -> None:
    async with open_devnet(folder) as devnet:
        payment = devnet.wallet.pay_itself((await devnet.coins())[0])
        child = devnet.wallet.pay_itself(payment.change)
        await devnet.submit(payment)
        await devnet.control("mine")
        await devnet.submit(child)
        await devnet.control("mine")

    async with open_devnet(folder) as devnet:
        # One block was made at the start, one holds the child, one its parent.
        undone = await devnet.control("rollback", blocks=3)
        [block] = await devnet.control("mine")

    assert undone["undone"] == [payment.hash, child.hash]
    assert (undone["dropped"], block["txs"]) == ([], [payment.hash, child.hash])


async def test_a_chain_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "chain.jsonl").write_text("no JSON\n")

    with pytest.raises(CannotStart, match=r"chain\.jsonl cannot be read"):
        async with open_devnet(folder):
            pass


async def test_a_block_that_was_half_written_when_the_power_went_is_left_out(folder: Path) -> None:
    async with open_devnet(folder) as devnet:
        [block] = await devnet.control("mine")
    with (folder / "chain.jsonl").open("a") as journal:
        journal.write('{"slot":12879')

    async with open_devnet(folder) as devnet:
        assert await devnet.status_of(f"/blocks/{block['hash']}") == 200
    async with open_devnet(folder) as devnet:
        assert await devnet.status_of(f"/blocks/{block['hash']}") == 200
