"""Events on real parts: a receiver on this machine hears of a retirement, whatever goes wrong meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.settings.temporal import TemporalSettings
from adapters.temporal.client import connect_temporal
from devstack.caller import Caller
from devstack.stack import Stack
from tests.conftest import People
from tests.journeys.project_life import RETIREMENT, issue
from tests.receiver import Received, Receiver, running_receiver
from workflows.publishing.webhooks import DISPATCHER_ID

WAIT_SECONDS = 60


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as running:
        yield running


@pytest.fixture
async def webhook(
    people: People, http: httpx.AsyncClient, receiver: Receiver
) -> AsyncIterator[Any]:
    """It wants both events of a retirement, and is switched off afterwards."""
    made = await people.admin.post(
        "/webhooks",
        {"url": receiver.url, "events": ["retirement.accepted", "retirement.completed"]},
    )
    yield made
    await change(people.admin, http, made, active=False)


@pytest.fixture(scope="module")
async def serial(people: People) -> str:
    return await issue(people)


async def change(admin: Caller, http: httpx.AsyncClient, webhook: Any, **changes: Any) -> None:
    answer = await http.patch(
        f"/api/v1/webhooks/{webhook['id']}", json=changes, headers=admin.headers
    )
    answer.raise_for_status()


async def retire(people: People) -> Any:
    credits = await people.supplier.get("/credits?status=active&limit=100")
    return await people.supplier.post(
        f"/credits/{credits[0]['serial']}/retire", {"quantity": "1.00", **RETIREMENT}
    )


async def until(true: Callable[[], bool]) -> None:
    for _ in range(WAIT_SECONDS * 10):
        if true():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it never came to that")


def told(received: list[Received]) -> list[tuple[str, str]]:
    bodies = [json.loads(one.body) for one in received]
    return [(body["name"], body["payload"]["retirementId"]) for body in bodies]


def about(retirement: Any, received: list[Received]) -> list[Received]:
    """Without the events of others: retirements of an earlier test may be confirmed only now."""
    told_of = [json.loads(one.body)["payload"].get("retirementId") for one in received]
    return [one for one, id_ in zip(received, told_of, strict=True) if id_ == retirement["id"]]


def all_signed(received: list[Received], secret: str) -> bool:
    """What the published verifier says, of messages that name their event in the header too."""
    for one in received:
        try:
            event = Webhook(secret).verify(one.body, dict(one.headers))
        except WebhookVerificationError:
            return False
        assert event["id"] == one.headers["webhook-id"]
    return True


async def log_of(people: People, webhook: Any) -> list[Any]:
    lines: list[Any] = await people.admin.get(f"/webhooks/{webhook['id']}/deliveries")
    return lines


async def test_a_receiver_hears_that_a_retirement_was_accepted_and_completed(
    people: People, serial: str, webhook: Any, receiver: Receiver
) -> None:
    retirement = await retire(people)

    await until(lambda: len(about(retirement, receiver.received)) == 2)

    # Which comes first is not promised (docs/events.md).
    received = sorted(about(retirement, receiver.received), key=lambda one: told([one]))
    assert told(received) == [
        ("retirement.accepted", retirement["id"]),
        ("retirement.completed", retirement["id"]),
    ]
    assert all_signed(received, webhook["secret"])
    assert not all_signed(received, f"whsec_{'A' * 43}=")
    completed = json.loads(received[1].body)["payload"]
    sealed = await people.supplier.get(f"/retirements/{retirement['id']}")
    assert completed["txHashes"] == [sealed["chainRecord"]["txHash"]]


async def test_a_receiver_that_fails_twice_hears_of_it_the_third_time_and_again_on_replay(
    people: People, http: httpx.AsyncClient, serial: str, webhook: Any, receiver: Receiver
) -> None:
    await change(people.admin, http, webhook, events=["retirement.accepted"])
    receiver.statuses = [500, 500, 200]

    retirement = await retire(people)
    await until(lambda: len(receiver.received) == 3)
    (line,) = await people.admin.wait_for(
        f"/webhooks/{webhook['id']}/deliveries",
        lambda lines: [line["status"] for line in lines] == ["delivered"],
        seconds=10,
    )
    assert (line["attempts"], line["lastStatusCode"], line["lastError"]) == (3, 200, None)

    await people.admin.post(f"/webhooks/{webhook['id']}/deliveries/{line['id']}/replay", {})
    await until(lambda: len(receiver.received) == 4)

    assert told(receiver.received) == [("retirement.accepted", retirement["id"])] * 4
    assert len({one.body for one in receiver.received}) == 1
    assert all_signed(receiver.received, webhook["secret"])
    (line,) = await people.admin.wait_for(
        f"/webhooks/{webhook['id']}/deliveries",
        lambda lines: lines[0]["status"] == "delivered",
        seconds=10,
    )
    assert (line["attempts"], line["replays"]) == (4, 1)


@pytest.mark.proof
async def test_a_killed_worker_loses_no_event_and_plans_each_once(
    people: People,
    http: httpx.AsyncClient,
    stack: Stack,
    serial: str,
    webhook: Any,
    receiver: Receiver,
) -> None:
    """It dies at once, and again about when it plans and sends; another finds what was left."""
    await change(people.admin, http, webhook, events=["retirement.accepted"])
    retirements = []
    for pause_seconds in (0.0, 0.7):
        answer = await retire(people)
        # A worker that has just begun may take too long to answer; the operation is the same.
        retirements.append(answer.get("id") or answer["operationId"])
        await asyncio.sleep(pause_seconds)
        await stack.worker.kill()
        await stack.worker.start()

    # What nobody had taken on or heard of is found again.
    await until(lambda: {one for _, one in told(receiver.received)} == set(retirements))

    database = await asyncpg.connect(stack.database_url)
    planned = await database.fetch(
        "SELECT count(*) FROM webhook_deliveries WHERE webhook_id = $1 GROUP BY event_id",
        webhook["id"],
    )
    await database.close()
    assert [row["count"] for row in planned] == [1] * len(retirements)
    assert all_signed(receiver.received, webhook["secret"])


async def test_a_ping_arrives_and_no_history_holds_the_secret_or_the_address(
    people: People, stack: Stack, webhook: Any, receiver: Receiver
) -> None:
    delivery = await people.admin.post(f"/webhooks/{webhook['id']}/ping", {})

    def payloads() -> list[Any]:
        return [json.loads(one.body)["payload"] for one in receiver.received]

    # Retirements of earlier tests may be told of meanwhile; the ping comes beside them.
    await until(lambda: {"webhookId": webhook["id"]} in payloads())

    client = await connect_temporal(TemporalSettings(temporal_address=stack.temporal_address))
    for workflow_id in (DISPATCHER_ID, f"webhook-delivery/{delivery['id']}"):
        history = (await client.get_workflow_handle(workflow_id).fetch_history()).to_json()
        assert webhook["secret"] not in history
        assert receiver.url not in history
    assert webhook["secret"].encode() not in stack.worker.log.read_bytes()


async def test_an_unreachable_receiver_is_seen_in_the_log(
    people: People, http: httpx.AsyncClient, webhook: Any
) -> None:
    await change(people.admin, http, webhook, url="http://127.0.0.1:1/nobody")
    ping = await people.admin.post(f"/webhooks/{webhook['id']}/ping", {})

    def line_of(lines: list[Any]) -> Any:
        return next(line for line in lines if line["id"] == ping["id"])

    lines = await people.admin.wait_for(
        f"/webhooks/{webhook['id']}/deliveries",
        lambda lines: line_of(lines)["attempts"] >= 2,
        seconds=20,
    )

    line = line_of(lines)
    assert (line["status"], line["lastStatusCode"]) == ("pending", None)
    assert line["lastError"] == "The receiver could not be reached (ConnectError)."
