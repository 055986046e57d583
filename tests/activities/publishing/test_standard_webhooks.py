"""Real deliveries, known by receivers that have nothing but the published libraries of Standard Webhooks."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from temporalio.exceptions import ApplicationError

from activities.publishing.webhooks import DeliverEvent, WebhookActivities
from adapters.postgres.identity import Identity, acting_as
from adapters.webhooks.sender import HttpWebhookSender
from devstack.npm import Node, find_node
from domain.publishing.webhook_signatures import secret_text
from domain.publishing.webhooks import envelope, replay
from tests.activities.publishing import published
from tests.activities.publishing.published import DELIVERY_ID, EVENT, WEBHOOK, seen
from tests.activities.registry import WEBHOOK_SECRETS, Registry, run
from tests.factories import ADMINISTRATOR
from tests.fakes.clock import FixedClock
from tests.former_receiver import is_genuine
from tests.receiver import Received, Receiver, running_receiver

SECRET = secret_text(bytes(range(0xE0, 0x100)))
FORMER_SECRET = "whsec_4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8"
"""The same bytes as the registry told secrets before; `token_urlsafe` made them."""

OTHER_SECRET = secret_text(bytes(32))
PACKAGES = Path(__file__).parent / "standard_webhooks"
DELIVER = DeliverEvent(delivery_id=DELIVERY_ID)
NODE_SECONDS = 120


class Delivering:
    """The registry's activities with the real sender, before a receiver of their own."""

    def __init__(self, registry: Registry, sender: HttpWebhookSender, receiver: Receiver) -> None:
        self.clock = FixedClock(datetime.now(UTC))
        self.receiver = receiver
        self._registry = registry
        self._activities = WebhookActivities(
            registry.database, sender, WEBHOOK_SECRETS, self.clock, poll_seconds=0.01
        )

    async def begin(self, secret: str) -> None:
        await published.deliveries_are_planned(self._registry)
        sealed = WEBHOOK_SECRETS.seal(secret, WEBHOOK.id)
        webhook = replace(WEBHOOK, url=self.receiver.url, sealed_secret=sealed)
        # Where deliveries go is an administrator's to change (ADR 0067).
        with acting_as(Identity.of(ADMINISTRATOR)):
            async with self._registry.database.transaction() as work:
                await work.publishing.webhooks.save(webhook)

    async def deliver(self) -> Received:
        await run(self._activities.deliver_event, DELIVER)
        return self.receiver.received[-1]

    async def replay(self) -> Received:
        async with self._registry.database.transaction() as work:
            await work.publishing.deliveries.save(replay(await seen(self._registry)))
        return await self.deliver()


@pytest.fixture
async def delivering(registry: Registry) -> AsyncIterator[Delivering]:
    sender = HttpWebhookSender(allow_loopback=True)
    async with running_receiver() as receiver:
        yield Delivering(registry, sender, receiver)
    await sender.close()


def event_in_python(received: Received, secret: str) -> Any:
    return Webhook(secret).verify(received.body, dict(received.headers))


@pytest.fixture(scope="session")
async def node_packages(pytestconfig: pytest.Config) -> tuple[Node, Path]:
    """Node, and a folder with the JavaScript library: npm installs it once for each checkout."""
    node = find_node()
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("standard_webhooks")
    lock = (PACKAGES / "package-lock.json").read_bytes()
    done = folder / "installed-lock.json"
    if not done.exists() or done.read_bytes() != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PACKAGES / name, folder / name)
        await called(node, [*node.npm, "ci", "--no-audit", "--no-fund", f"--prefix={folder}"])
        done.write_bytes(lock)
    return node, folder


async def called(node: Node, command: list[str], sent: bytes = b"") -> bytes:
    path = f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PATH": path},
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(sent), NODE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, errors.decode()
    return output


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
async def test_the_stock_verifier_knows_a_delivery_by_the_secret_as_it_was_told(
    delivering: Delivering, secret: str
) -> None:
    await delivering.begin(secret)

    received = await delivering.deliver()

    assert event_in_python(received, secret) == json.loads(envelope(EVENT))
    assert received.headers["webhook-id"] == str(EVENT.id)


async def test_the_stock_verifier_turns_away_what_was_changed(delivering: Delivering) -> None:
    await delivering.begin(SECRET)
    received = await delivering.deliver()
    sooner = str(int(received.headers["webhook-timestamp"]) - 7)

    for secret, body, headers in (
        (OTHER_SECRET, received.body, {}),
        (SECRET, received.body + b" ", {}),
        (SECRET, received.body, {"webhook-id": "another"}),
        (SECRET, received.body, {"webhook-timestamp": sooner}),
        (SECRET, received.body, {"webhook-signature": f"v1,{'A' * 43}="}),
    ):
        with pytest.raises(WebhookVerificationError, match="No matching signature"):
            Webhook(secret).verify(body, {**received.headers, **headers})


async def test_a_retry_and_a_replay_keep_the_id_and_are_signed_anew(
    delivering: Delivering,
) -> None:
    """The first attempt is too old by the time of the replay."""
    await delivering.begin(SECRET)
    delivering.receiver.statuses = [500]

    delivering.clock.advance(minutes=-6)
    with pytest.raises(ApplicationError):
        await delivering.deliver()
    delivering.clock.advance(minutes=4)
    retried = await delivering.deliver()
    delivering.clock.advance(minutes=2)
    replayed = await delivering.replay()

    first, *later = delivering.receiver.received
    assert later == [retried, replayed]
    assert {one.headers["webhook-id"] for one in (first, *later)} == {str(EVENT.id)}
    times = [int(one.headers["webhook-timestamp"]) for one in (first, *later)]
    assert [at - times[0] for at in times] == [0, 240, 360]
    assert event_in_python(retried, SECRET) == event_in_python(replayed, SECRET)
    with pytest.raises(WebhookVerificationError, match="too old"):
        event_in_python(first, SECRET)


async def test_a_webhook_from_before_goes_on_and_its_secret_rewritten_fits_the_stock_verifier(
    delivering: Delivering,
) -> None:
    await delivering.begin(FORMER_SECRET)

    received = await delivering.deliver()

    assert is_genuine(FORMER_SECRET, received.headers["karbonica-signature"], received.body)
    assert received.headers["karbonica-event"] == EVENT.name.value
    assert received.headers["karbonica-event-id"] == str(EVENT.id)
    assert event_in_python(received, SECRET) == json.loads(envelope(EVENT))


async def test_the_javascript_library_says_the_same(
    delivering: Delivering, node_packages: tuple[Node, Path]
) -> None:
    node, packages = node_packages
    await delivering.begin(SECRET)
    received = await delivering.deliver()
    call = {"secret": SECRET, "headers": received.headers, "body": received.body.decode()}
    calls = [
        call,
        call | {"secret": OTHER_SECRET},
        call | {"body": f"{call['body']} "},
        call | {"headers": {**received.headers, "webhook-id": "another"}},
    ]

    command = [str(node.node), str(PACKAGES / "verify.mjs"), str(packages)]
    said = json.loads(await called(node, command, json.dumps(calls).encode()))

    assert said == [json.loads(envelope(EVENT)), None, None, None]
