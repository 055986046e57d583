"""A provider that turned one caller away is asked by nobody, until one probe finds it open again."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.chain.blockfrost.client import BlockfrostChain
from adapters.chain.circuit_breaker import TURNED_AWAY, CircuitBreaker
from adapters.chain.own_node.client import OwnNodeChain
from tests.adapters.chain.answering import Answer, Server

BLOCK = {"height": 7, "slot": 140, "hash": "cd" * 32, "confirmations": 3}
TX_HASH = "ab" * 32


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The breaker's clock, in seconds; the tests move it."""
    clock = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    return clock


@pytest.mark.parametrize("status", sorted(TURNED_AWAY))
async def test_a_refusal_of_one_call_is_met_by_all_others_without_a_request(
    status: int, server: Server
) -> None:
    chain = BlockfrostChain(server.url, project_id=None, requests_per_second=1_000)
    background = chain.in_background()
    server.will_answer(Answer(status))

    with pytest.raises(ChainMisconfigured, match=f"GET /blocks/latest: HTTP {status}"):
        await chain.tip()
    for asked in (chain.tip(), chain.submit(b"tx"), background.metadata(TX_HASH)):
        with pytest.raises(ChainMisconfigured, match=rf"turned us away \(HTTP {status}\)"):
            await asked
    await chain.close()

    assert len(server.questions) == 1


async def test_our_own_nodes_servers_have_a_gate_as_well(server: Server) -> None:
    chain = OwnNodeChain(ogmios_url="http://127.0.0.1:9", kupo_url=server.url)
    server.will_answer(Answer(403))

    for _ in range(3):
        with pytest.raises(ChainMisconfigured, match="Kupo"):
            await chain.tip()
    await chain.close()

    assert len(server.questions) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
async def test_other_refusals_close_nothing(status: int, server: Server) -> None:
    chain = BlockfrostChain(server.url, project_id=None, requests_per_second=1_000)
    server.will_answer(Answer(status), BLOCK)

    with pytest.raises((ChainMisconfigured, ChainUnavailable)):
        await chain.tip()
    tip = await chain.tip()
    await chain.close()

    assert tip.height == BLOCK["height"]


async def test_one_probe_after_the_interval_opens_it_for_everybody(server: Server) -> None:
    chain = BlockfrostChain(
        server.url, project_id=None, requests_per_second=1_000, open_seconds=0.2
    )
    server.will_answer(Answer(402))
    with pytest.raises(ChainMisconfigured):
        await chain.tip()
    await asyncio.sleep(0.25)
    server.will_answer(*[BLOCK] * 5)

    await chain.tip()
    await asyncio.gather(*(chain.tip() for _ in range(4)))
    await chain.close()

    assert len(server.questions) == 6


def test_while_the_probe_is_under_way_others_are_refused(now: list[float]) -> None:
    one = CircuitBreaker("The server", 600)
    with one.guarded() as heard:
        heard(402)
    now[0] += 600

    with one.guarded():
        with pytest.raises(ChainMisconfigured), one.guarded():
            pass
        with pytest.raises(ChainMisconfigured):
            one.require_closed()


@pytest.mark.parametrize("answer", [418, None])
def test_a_probe_that_is_refused_or_has_no_answer_closes_it_for_another_interval(
    answer: int | None, now: list[float]
) -> None:
    one = CircuitBreaker("The server", 600)
    with one.guarded() as heard:
        heard(402)
    now[0] += 600
    with one.guarded() as heard:
        if answer is not None:
            heard(answer)

    now[0] += 599
    with pytest.raises(ChainMisconfigured), one.guarded():
        pass
    now[0] += 1
    with one.guarded() as heard:
        heard(200)

    one.require_closed()


def test_an_answer_from_before_the_refusal_does_not_open_it(now: list[float]) -> None:
    one = CircuitBreaker("The server", 600)

    with one.guarded() as slow, one.guarded() as quick:
        quick(402)
        slow(200)

    with pytest.raises(ChainMisconfigured, match="nobody asks it for another 600 s"):
        one.require_closed()
