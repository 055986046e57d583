"""Sending over real sockets: what a receiver sees, and where nothing is ever sent."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from adapters.webhooks import sender as webhook_sender
from adapters.webhooks.sender import HttpWebhookSender
from domain.publishing.webhooks import ReceiverResponse
from tests.receiver import Receiver, running_receiver

BODY = '{"name":"retirement.accepted","payload":{"é":1}}'.encode()
HEADERS = {"Content-Type": "application/json", "webhook-signature": "v1,AAAA"}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as running:
        yield running


@pytest.fixture
async def sender() -> AsyncIterator[HttpWebhookSender]:
    made = HttpWebhookSender(allow_loopback=True)
    yield made
    await made.close()


async def test_the_receiver_gets_the_very_bytes_and_the_headers(
    sender: HttpWebhookSender, receiver: Receiver
) -> None:
    answer = await sender.send(f"{receiver.url}?tenant=7", BODY, HEADERS)

    (received,) = receiver.received
    assert answer == ReceiverResponse(200)
    assert (received.path, received.body) == ("/hook?tenant=7", BODY)
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-signature"] == "v1,AAAA"
    assert received.headers["host"] == receiver.url.split("/")[2]


async def test_a_name_is_told_to_the_receiver_though_its_address_is_called(
    sender: HttpWebhookSender, receiver: Receiver
) -> None:
    answer = await sender.send(receiver.url.replace("127.0.0.1", "localhost"), BODY, HEADERS)

    assert answer.accepts
    assert receiver.received[0].headers["host"].startswith("localhost:")


@pytest.mark.parametrize("status", [204, 400, 410, 500, 503])
async def test_the_receivers_status_is_the_answer(
    sender: HttpWebhookSender, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]

    answer = await sender.send(receiver.url, BODY, HEADERS)

    error = None if status == 204 else f"The receiver answered {status}."
    assert answer == ReceiverResponse(status, error)


async def test_a_redirect_is_not_followed(sender: HttpWebhookSender, receiver: Receiver) -> None:
    receiver.statuses = [302]
    receiver.location = receiver.url

    answer = await sender.send(receiver.url, BODY, HEADERS)

    assert answer == ReceiverResponse(302, "The receiver answered 302.")
    assert len(receiver.received) == 1


async def test_a_receiver_that_thinks_for_too_long_is_left(
    sender: HttpWebhookSender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "SEND_SECONDS", 0.2)
    receiver.seconds = 5

    answer = await sender.send(receiver.url, BODY, HEADERS)

    assert answer == ReceiverResponse(error="There was no answer within 0.2 seconds.")


async def test_a_receiver_that_is_not_there_is_an_answer_that_does_not_tell_the_address(
    sender: HttpWebhookSender,
) -> None:
    answer = await sender.send("http://127.0.0.1:1/a-token", BODY, HEADERS)

    assert answer == ReceiverResponse(error="The receiver could not be reached (ConnectError).")


async def test_a_receiver_that_talks_nonsense_is_an_answer_too(sender: HttpWebhookSender) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(BODY)
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    answer = await sender.send(f"http://127.0.0.1:{port}/", BODY, HEADERS)

    server.close()
    assert answer == ReceiverResponse(
        error="The receiver could not be reached (RemoteProtocolError)."
    )


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"],
)
async def test_nothing_is_sent_into_our_own_machine_under_any_of_its_names(
    receiver: Receiver, host: str
) -> None:
    port = httpx.URL(receiver.url).port

    answer = await HttpWebhookSender(allow_loopback=False).send(
        f"https://{host}:{port}/hook", BODY, HEADERS
    )

    assert answer == ReceiverResponse(
        error="Url must lead to a public address, not into a private network"
    )
    assert receiver.received == []


async def test_a_name_that_leads_elsewhere_since_it_was_saved_is_noticed(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that was checked is the one that is called: there is no second look-up."""
    port = httpx.URL(receiver.url).port
    looked_up: list[Any] = []

    async def rebinding(_: Any, host: str, __: Any, **___: Any) -> list[Any]:
        looked_up.append(host)
        address = "169.254.169.254" if len(looked_up) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", rebinding)
    sender = HttpWebhookSender(allow_loopback=True)

    first = await sender.send(f"https://rebinding.example:{port}/hook", BODY, HEADERS)
    second = await sender.send(f"http://rebinding.example:{port}/hook", BODY, HEADERS)

    assert first.error == "Url must lead to a public address, not into a private network"
    assert second == ReceiverResponse(200)
    assert looked_up == ["rebinding.example", "rebinding.example"]


async def test_the_certificate_is_requested_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS greets the address with the name of the URL, and would refuse another's certificate."""
    greeted = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeted.extend(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    answer = await HttpWebhookSender(allow_loopback=True).send(
        f"https://localhost:{port}/", BODY, HEADERS
    )

    server.close()
    assert not answer.accepts
    assert b"localhost" in greeted
    assert BODY not in greeted
