"""A breaker tells a server that is slow from one that hangs, and asks for itself."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from adapters.outages import NoAnswer, OutageBreaker

PROBE_SECONDS = 0.05


class Server:
    """Answers questions unless it hangs; counts them."""

    def __init__(self) -> None:
        self.going = asyncio.Event()
        self.going.set()
        self.asked = 0

    async def answer(self) -> None:
        self.asked += 1
        await self.going.wait()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def breaker(server: Server) -> AsyncIterator[OutageBreaker]:
    made = OutageBreaker("The server", server.answer, probe_seconds=PROBE_SECONDS)
    yield made
    await made.close()


async def test_a_quick_call_costs_no_question(server: Server, breaker: OutageBreaker) -> None:
    async with breaker.call():
        await server.going.wait()
    await asyncio.sleep(2 * PROBE_SECONDS)

    assert server.asked == 0


async def test_a_slow_call_goes_on_while_the_server_answers(
    server: Server, breaker: OutageBreaker
) -> None:
    async with breaker.call():
        await asyncio.sleep(5 * PROBE_SECONDS)

    assert server.asked >= 2
    assert not breaker.is_open


async def test_a_hanging_server_ends_all_calls_refuses_later_ones_and_is_called_again_when_it_answers(
    server: Server, breaker: OutageBreaker
) -> None:
    broken: list[int] = []

    async def wait(number: int) -> None:
        async with breaker.call(abandon=lambda: broken.append(number)):
            await asyncio.sleep(60)

    server.going.clear()
    began = time.monotonic()
    ended = await asyncio.gather(*(wait(number) for number in range(3)), return_exceptions=True)
    took = time.monotonic() - began
    with pytest.raises(NoAnswer):
        async with breaker.call():
            raise AssertionError("it was called")
    server.going.set()
    for _ in range(100):
        if not breaker.is_open:
            break
        await asyncio.sleep(PROBE_SECONDS)
    async with breaker.call():
        pass

    assert [type(error) for error in ended] == [NoAnswer] * 3
    assert sorted(broken) == [0, 1, 2]
    assert took < 30  # Of the sixty seconds that they would have slept.


async def test_a_call_that_ends_well_meanwhile_is_an_answer(
    server: Server, breaker: OutageBreaker
) -> None:
    server.going.clear()

    async def others() -> None:
        for _ in range(20):
            async with breaker.call():
                await asyncio.sleep(PROBE_SECONDS / 4)

    async with breaker.call():
        await others()

    assert not breaker.is_open


async def test_a_call_ends_after_its_own_limit_although_the_server_answers_others(
    breaker: OutageBreaker,
) -> None:
    with pytest.raises(NoAnswer):
        async with breaker.call(limit_seconds=0.02):
            await asyncio.sleep(60)

    assert not breaker.is_open


async def test_what_a_broken_connection_says_is_told_as_no_answer(breaker: OutageBreaker) -> None:
    waits = asyncio.get_running_loop().create_future()

    def breaks() -> None:
        waits.set_exception(RuntimeError("the connection is closed"))

    with pytest.raises(NoAnswer):
        async with breaker.call(limit_seconds=0.02, abandon=breaks):
            await waits


async def test_errors_time_outs_and_cancellations_of_others_are_left_alone(
    breaker: OutageBreaker,
) -> None:
    with pytest.raises(ValueError, match="mine"):
        async with breaker.call():
            raise ValueError("mine")
    with pytest.raises(TimeoutError) as late:
        async with breaker.call(), asyncio.timeout(0.01):
            await asyncio.sleep(60)
    with pytest.raises(TimeoutError) as outer:
        async with asyncio.timeout(0.01), breaker.call():
            await asyncio.sleep(60)

    assert NoAnswer not in {late.type, outer.type}


async def test_what_answers_when_somebody_asks_is_called_again_at_once(
    server: Server, breaker: OutageBreaker
) -> None:
    server.going.clear()
    with pytest.raises(NoAnswer):
        async with breaker.call():
            await asyncio.sleep(60)
    assert not await breaker.answers()

    server.going.set()
    assert await breaker.answers()

    async with breaker.call():
        pass
