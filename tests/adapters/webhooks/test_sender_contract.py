"""
What a sender of webhooks does: the same tests on the fake and over HTTP to a real receiver.

What only sockets can show is in test_webhook_sender.py.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import pytest

from activities.ports.publishing import WebhookSender
from adapters.webhooks.sender import HttpWebhookSender
from domain.publishing.webhooks import ReceiverResponse
from tests.fakes.webhook_sender import FakeWebhookSender
from tests.receiver import running_receiver

BODY = '{"name":"retirement.accepted","payload":{"é":1}}'.encode()
HEADERS = {"Content-Type": "application/json", "Karbonica-Signature": "t=1,v1=00"}


@dataclass(frozen=True)
class World:
    """`bodies` are those that arrived; `will_say` has the next ones answered with these statuses."""

    url: str
    sender: WebhookSender
    bodies: Callable[[], Sequence[bytes]]
    headers: Callable[[int], dict[str, str]]
    will_say: Callable[[list[int]], None]


@pytest.fixture(params=["fake", "http"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield fake_world()
    else:
        async with running_receiver() as receiver:
            sender = HttpWebhookSender(allow_loopback=True)
            yield World(
                receiver.url,
                sender,
                bodies=lambda: [one.body for one in receiver.received],
                headers=lambda number: dict(receiver.received[number].headers),
                will_say=receiver.statuses.extend,
            )
            await sender.close()


def fake_world() -> World:
    fake = FakeWebhookSender()

    def lowered(number: int) -> dict[str, str]:
        return {name.lower(): value for name, value in fake.sent[number].headers.items()}

    def will_say(statuses: list[int]) -> None:
        fake.answers += [refused(status) for status in statuses]

    return World(
        "https://hooks.example/hook",
        fake,
        bodies=lambda: [one.body for one in fake.sent],
        headers=lowered,
        will_say=will_say,
    )


def refused(status: int) -> ReceiverResponse:
    """What a receiver's refusal is told as."""
    return ReceiverResponse(status, f"The receiver answered {status}.")


async def test_the_very_bytes_and_headers_arrive_and_are_accepted(world: World) -> None:
    answer = await world.sender.send(world.url, BODY, HEADERS)

    expected = {name.lower(): value for name, value in HEADERS.items()}
    assert (answer, answer.accepts) == (ReceiverResponse(200), True)
    assert world.bodies() == [BODY]
    assert world.headers(0).items() >= expected.items()


@pytest.mark.parametrize("status", [400, 410, 429, 500, 503])
async def test_a_refusal_is_an_answer_and_nothing_is_sent_again(world: World, status: int) -> None:
    world.will_say([status])

    answer = await world.sender.send(world.url, BODY, HEADERS)

    assert (answer, answer.accepts) == (refused(status), False)
    assert len(world.bodies()) == 1


async def test_each_sending_is_answered_for_itself(world: World) -> None:
    world.will_say([503, 500])

    answers = [await world.sender.send(world.url, bytes([n]), HEADERS) for n in range(3)]

    assert answers == [refused(503), refused(500), ReceiverResponse(200)]
    assert world.bodies() == [b"\x00", b"\x01", b"\x02"]


async def test_what_was_sent_is_not_what_its_headers_become_later(world: World) -> None:
    headers = dict(HEADERS)
    await world.sender.send(world.url, BODY, headers)

    headers["Karbonica-Signature"] = "t=2,v1=11"

    assert world.headers(0)["karbonica-signature"] == "t=1,v1=00"
