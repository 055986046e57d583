"""Webhooks as staff set them up, and the log of what was sent; Temporal is not needed for any of it."""

import asyncio
import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from activities.ports.database import Database
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import audit_logs, webhooks
from adapters.settings import Settings
from adapters.webhooks.secrets import UnfitWebhookKey
from domain.accounts.roles import Account
from domain.publishing.events import Event, EventName
from domain.publishing.webhooks import (
    Delivery,
    DeliveryStatus,
    ReceiverResponse,
    after_attempt,
    new_delivery,
)
from tests.api.caller import Api, running_api, told
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, NOW, VERIFIER, named

# An address literal, so that no name has to be looked up; nothing is ever sent here.
URL = "https://93.184.215.14/hook?token=hidden"
SENT: dict[str, Any] = {"url": URL, "events": ["retirement.accepted"]}


def event(name: EventName = EventName.RETIREMENT_ACCEPTED, **changes: Any) -> Event:
    return replace(Event(named("event"), name, {"quantity": "1.00"}, NOW), **changes)


async def call(
    api: Api,
    method: str,
    path: str,
    body: Any = None,
    *,
    key: str = "",
    account: Account = ADMINISTRATOR,
) -> Any:
    headers = await api.signed_in(account) | {"Idempotency-Key": key or str(uuid4())}
    return await api.client.request(method, f"/api/v1{path}", json=body, headers=headers)


async def add(api: Api, **changes: Any) -> dict[str, Any]:
    answer = await call(api, "POST", "/webhooks", SENT | changes)
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def database(api: Api) -> Database:
    return PostgresDatabase(api.engine)


async def delivered(api: Api, webhook_id: str, *events: Event) -> list[Delivery]:
    """Events that were sent to the webhook, and taken."""
    made = []
    async with database(api).transaction() as work:
        webhook = await work.publishing.webhooks.get(UUID(webhook_id))
        assert webhook is not None
        for one in events:
            await work.publishing.outbox.add(one)
            delivery = new_delivery(webhook, one, at=NOW)
            delivery = after_attempt(delivery, ReceiverResponse(200), at=NOW)
            await work.publishing.deliveries.add([replace(delivery, taken_at=NOW)])
            made.append(delivery)
    return made


async def audited(api: Api) -> list[str]:
    async with api.engine.connect() as connection:
        rows = await connection.execute(select(audit_logs.c.event_type).order_by(audit_logs.c.seq))
        return [row.event_type for row in rows]


async def test_the_secret_is_shown_when_a_webhook_is_added_and_never_again(api: Api) -> None:
    made = await add(api)

    one = (await call(api, "GET", f"/webhooks/{made['id']}")).json()["data"]
    listed = (await call(api, "GET", "/webhooks")).json()["data"]

    assert made["secret"].startswith("whsec_")
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"), validate=True)) == 32
    assert made == one | {"secret": made["secret"]}
    assert one == {
        "id": made["id"],
        "url": URL,
        "events": ["retirement.accepted"],
        "active": True,
        "createdBy": str(ADMINISTRATOR.id),
        "createdAt": made["createdAt"],
    }
    assert listed == [one]


async def test_no_secret_is_in_the_database(api: Api) -> None:
    """Neither in its own table nor among the kept answers; PostgreSQL shows bytes in hex."""
    answer = await call(api, "POST", "/webhooks", SENT, key="once")
    again = await call(api, "POST", "/webhooks", SENT, key="once")

    stored = json.dumps(await snapshot(api.engine))

    secret = answer.json()["data"]["secret"]
    assert again.json()["data"]["secret"] == secret
    assert answer.json()["data"]["id"] in stored
    assert secret not in stored
    assert secret.encode().hex() not in stored
    assert base64.b64encode(secret.encode()).decode().rstrip("=") not in stored


async def test_two_at_once_with_one_key_are_told_one_secret(api: Api) -> None:
    answers = await asyncio.gather(
        *(call(api, "POST", "/webhooks", SENT, key="once") for _ in range(3))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await audited(api) == ["webhook.created"]


async def test_a_secret_is_told_for_a_day_and_to_the_same_request_alone(api: Api) -> None:
    made = (await call(api, "POST", "/webhooks", SENT, key="once")).json()["data"]
    other = await call(api, "POST", "/webhooks", SENT | {"events": []}, key="once")
    async with api.engine.begin() as connection:
        await connection.execute(
            update(webhooks).values(created_at=webhooks.c.created_at - timedelta(hours=25))
        )

    late = await call(api, "POST", "/webhooks", SENT, key="once")

    assert (other.status_code, late.status_code) == (409, 409)
    assert late.headers["Location"] == f"/api/v1/webhooks/{made['id']}"
    assert made["secret"] not in other.text + late.text


async def test_the_audit_log_tells_of_changes_but_neither_address_nor_secret(api: Api) -> None:
    made = await add(api)
    await call(api, "PATCH", f"/webhooks/{made['id']}", {"url": "https://1.1.1.1/other"})

    async with api.engine.connect() as connection:
        rows = (await connection.execute(select(audit_logs.c.changes))).scalars().all()

    assert await audited(api) == ["webhook.created", "webhook.changed"]
    assert [{key: row[key] for key in row if key != "sourceCommitment"} for row in rows] == [
        {"before": None, "after": {"active": True, "events": ["retirement.accepted"]}},
        {
            "before": {"active": True, "events": ["retirement.accepted"]},
            "after": {"active": True, "events": ["retirement.accepted"]},
            "urlChanged": True,
        },
    ]


async def test_the_same_key_adds_one_webhook_and_gives_the_same_answer(api: Api) -> None:
    answers = [await call(api, "POST", "/webhooks", SENT, key="once") for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert len((await call(api, "GET", "/webhooks")).json()["data"]) == 1
    assert await audited(api) == ["webhook.created"]


async def test_a_webhook_is_changed_field_by_field(api: Api) -> None:
    made = await add(api)
    path = f"/webhooks/{made['id']}"

    events = (await call(api, "PATCH", path, {"events": []})).json()["data"]
    active = (await call(api, "PATCH", path, {"active": False})).json()["data"]
    nothing = (await call(api, "PATCH", path, {})).json()["data"]

    before = {name: value for name, value in made.items() if name != "secret"}
    assert events == before | {"events": []}
    assert active == nothing == before | {"events": [], "active": False}
    assert await audited(api) == ["webhook.created", "webhook.changed", "webhook.changed"]


async def test_a_deleted_webhook_gets_nothing_more_but_keeps_its_log(api: Api) -> None:
    made = await add(api)
    await delivered(api, made["id"], event())

    answer = await call(api, "DELETE", f"/webhooks/{made['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    kept = (await call(api, "GET", f"/webhooks/{made['id']}")).json()["data"]
    log = (await call(api, "GET", f"/webhooks/{made['id']}/deliveries")).json()["data"]
    ping = await call(api, "POST", f"/webhooks/{made['id']}/ping")
    assert (kept["active"], len(log)) == (False, 1)
    assert told(ping) == [
        (
            "CONFLICT",
            None,
            "This webhook is not active; switch it on before you send anything to it.",
        )
    ]


async def test_a_ping_waits_for_the_dispatcher_and_is_nobody_elses(api: Api) -> None:
    first, other = await add(api), await add(api, events=[])

    answer = await call(api, "POST", f"/webhooks/{first['id']}/ping", key="ping")
    again = await call(api, "POST", f"/webhooks/{first['id']}/ping", key="ping")

    data = answer.json()["data"]
    assert (answer.status_code, again.content) == (201, answer.content)
    assert (data["eventName"], data["status"], data["attempts"]) == ("webhook.ping", "pending", 0)
    async with database(api).transaction() as work:
        waiting = await work.publishing.deliveries.untaken(10)
        assert [str(delivery.id) for delivery in waiting] == [data["id"]]
        assert await work.publishing.outbox.lock_undispatched(10) == []
    assert (await call(api, "GET", f"/webhooks/{other['id']}/deliveries")).json()["data"] == []


async def test_the_log_tells_what_came_of_each_delivery_newest_first(api: Api) -> None:
    made = await add(api)
    async with database(api).transaction() as work:
        webhook = await work.publishing.webhooks.get(UUID(made["id"]))
        assert webhook is not None
        for n in range(3):
            one = event(id=named(f"event {n}"))
            await work.publishing.outbox.add(one)
            tried = after_attempt(
                new_delivery(webhook, one, at=NOW + timedelta(minutes=n)),
                ReceiverResponse(500, "The receiver answered 500."),
                at=NOW + timedelta(hours=1),
            )
            await work.publishing.deliveries.add([tried])
    path = f"/webhooks/{made['id']}/deliveries"

    first = (await call(api, "GET", f"{path}?limit=2")).json()
    second = (await call(api, "GET", f"{path}?limit=2&cursor={first['meta']['nextCursor']}")).json()

    assert [line["eventId"] for line in first["data"] + second["data"]] == [
        str(named(f"event {n}")) for n in (2, 1, 0)
    ]
    assert second["data"][0] == {
        "id": second["data"][0]["id"],
        "eventId": str(named("event 0")),
        "eventName": "retirement.accepted",
        "status": "pending",
        "attempts": 1,
        "replays": 0,
        "lastStatusCode": 500,
        "lastError": "The receiver answered 500.",
        "createdAt": "2026-03-01T12:00:00Z",
        "lastAttemptAt": "2026-03-01T13:00:00Z",
        "deliveredAt": None,
    }
    assert (await call(api, "GET", f"{path}?status=delivered")).json()["data"] == []


async def test_a_delivery_is_replayed_once_for_each_key(api: Api) -> None:
    made = await add(api)
    (delivery,) = await delivered(api, made["id"], event())
    path = f"/webhooks/{made['id']}/deliveries/{delivery.id}/replay"

    answer = await call(api, "POST", path, key="again")
    same = await call(api, "POST", path, key="again")
    too_early = await call(api, "POST", path, key="another")

    data = answer.json()["data"]
    assert (answer.status_code, same.content) == (200, answer.content)
    assert (data["status"], data["replays"], data["attempts"]) == ("pending", 1, 1)
    assert too_early.status_code == 409
    assert await audited(api) == ["webhook.created", "webhook.replayed"]


async def test_a_span_replays_what_the_webhook_wants_also_what_it_never_got(api: Api) -> None:
    made = await add(api)
    minute = timedelta(minutes=1)
    got = event()
    unwanted = event(EventName.CREDITS_ISSUED, id=named("unwanted"))
    missed = event(id=named("missed"), occurred_at=NOW + minute)
    too_late = event(id=named("too late"), occurred_at=NOW + 2 * minute)
    await delivered(api, made["id"], got)
    async with database(api).transaction() as work:
        for one in (unwanted, missed, too_late):
            await work.publishing.outbox.add(one)
        await work.publishing.outbox.mark_dispatched([unwanted.id, missed.id, too_late.id], NOW)
    span = {"from": "2026-03-01T12:00:00Z", "to": "2026-03-01T13:02:00+01:00"}

    answer = await call(api, "POST", f"/webhooks/{made['id']}/replay", span)

    assert answer.json() == {"data": {"events": 2}}
    async with database(api).transaction() as work:
        waiting = await work.publishing.deliveries.untaken(10)
    assert {delivery.event_id for delivery in waiting} == {got.id, missed.id}
    assert {delivery.status for delivery in waiting} == {DeliveryStatus.PENDING}


async def test_staff_read_every_event_by_name_and_part_by_part(api: Api) -> None:
    events = [
        event(name, id=named(name), occurred_at=NOW + timedelta(seconds=n))
        for n, name in enumerate(
            (EventName.CREDITS_ISSUED, EventName.REGISTRY_FROZEN, EventName.CREDITS_ISSUED)
        )
    ]
    events[2] = replace(events[2], id=named("second issuance"))
    async with database(api).transaction() as work:
        for one in events:
            await work.publishing.outbox.add(one)

    first = (await call(api, "GET", "/events?limit=2")).json()
    rest = (await call(api, "GET", f"/events?limit=2&cursor={first['meta']['nextCursor']}")).json()
    issued = (await call(api, "GET", "/events?name=credits.issued&fields=id")).json()["data"]

    assert [line["id"] for line in first["data"] + rest["data"]] == [
        str(one.id) for one in reversed(events)
    ]
    assert rest["data"] == [
        {
            "id": str(events[0].id),
            "name": "credits.issued",
            "occurredAt": "2026-03-01T12:00:00Z",
            "payload": {"quantity": "1.00"},
        }
    ]
    assert issued == [{"id": str(events[2].id)}, {"id": str(events[0].id)}]


CALLS = {
    "add": ("POST", "/webhooks", SENT),
    "list": ("GET", "/webhooks", None),
    "read": ("GET", f"/webhooks/{uuid4()}", None),
    "change": ("PATCH", f"/webhooks/{uuid4()}", {"active": True}),
    "delete": ("DELETE", f"/webhooks/{uuid4()}", None),
    "ping": ("POST", f"/webhooks/{uuid4()}/ping", None),
    "log": ("GET", f"/webhooks/{uuid4()}/deliveries", None),
    "replay one": ("POST", f"/webhooks/{uuid4()}/deliveries/{uuid4()}/replay", None),
    "replay a span": (
        "POST",
        f"/webhooks/{uuid4()}/replay",
        {"from": "2026-03-01T12:00:00Z", "to": "2026-03-01T13:00:00Z"},
    ),
    "events": ("GET", "/events", None),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("account", [DEVELOPER, VERIFIER, BUYER], ids=lambda a: str(a.role))
async def test_only_administrators_have_to_do_with_webhooks(
    unchanging_api: Api, name: str, account: Account
) -> None:
    method, path, body = CALLS[name]

    answer = await call(unchanging_api, method, path, body, account=account)

    assert answer.status_code == 403
    stranger = await unchanging_api.client.request(method, f"/api/v1{path}", json=body)
    assert stranger.status_code == 401


@pytest.mark.parametrize("name", [name for name in CALLS if name not in {"add", "list", "events"}])
async def test_a_webhook_that_is_not_there_is_not_found(unchanging_api: Api, name: str) -> None:
    method, path, body = CALLS[name]

    answer = await call(unchanging_api, method, path, body)

    assert told(answer) == [("NOT_FOUND", None, "There is no such webhook.")]


async def test_a_delivery_of_another_webhook_is_not_found(api: Api) -> None:
    made, other = await add(api), await add(api)
    (delivery,) = await delivered(api, made["id"], event())

    answer = await call(api, "POST", f"/webhooks/{other['id']}/deliveries/{delivery.id}/replay")

    assert told(answer) == [("NOT_FOUND", None, "There is no such delivery.")]


PRIVATE = "Url must lead to a public address, not into a private network"
UNFIT: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "no url": ({"url": None}, [("/url", "Url must be text")]),
    "a number": ({"url": 7}, [("/url", "Url must be text")]),
    "plain http": ({"url": "http://93.184.215.14/"}, [("/url", "Url must begin with https://")]),
    "another scheme": ({"url": "ftp://93.184.215.14/"}, [("/url", "Url must begin with https://")]),
    "a password": (
        {"url": "https://me:secret@93.184.215.14/"},
        [("/url", "Url must not hold a user name or password; deliveries are signed instead")],
    ),
    "this machine": ({"url": "https://127.0.0.1/"}, [("/url", PRIVATE)]),
    "this machine by name": ({"url": "https://localhost/"}, [("/url", PRIVATE)]),
    "the cloud's secrets": ({"url": "https://169.254.169.254/latest"}, [("/url", PRIVATE)]),
    "a private network": ({"url": "https://10.0.0.8/"}, [("/url", PRIVATE)]),
    "an address in disguise": ({"url": "https://[::ffff:10.0.0.8]/"}, [("/url", PRIVATE)]),
    "a backslash": (
        {"url": "https://\\ud800.example/"},
        [("/url", "Url must be an address such as https://example.com/hook")],
    ),
    "an unknown event and an unknown field": (
        {"events": ["retirement.accepted", "credits.eaten"], "colour": "green"},
        [
            ("/events/1", "Events must be among project.registered, "),
            ("/colour", "“colour” is not a field of this request"),
        ],
    ),
    "a secret of one's own": (
        {"secret": "whsec_mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMsk1Zp6s0O8v0="},
        [("/secret", "“secret” is not a field of this request")],
    ),
    "a ping": ({"events": ["webhook.ping"]}, [("/events/0", "Events must be among ")]),
    "events that are one name": (
        {"events": "retirement.accepted"},
        [("/events", "Events is not valid: ")],
    ),
    "two faults": (
        {"url": "nowhere", "events": [7]},
        [("/url", "Url must begin with https://"), ("/events/0", "Events must be among ")],
    ),
}


@pytest.mark.parametrize("case", UNFIT)
async def test_an_unfit_webhook_is_refused_field_by_field(unchanging_api: Api, case: str) -> None:
    changes, expected = UNFIT[case]
    headers = await unchanging_api.signed_in(ADMINISTRATOR)
    before = await snapshot(unchanging_api.engine)

    answer = await unchanging_api.client.post(
        "/api/v1/webhooks", json=SENT | changes, headers=headers
    )

    assert answer.status_code == 400, answer.text
    found = told(answer)
    assert [(code, place) for code, place, _ in found] == [
        ("VALIDATION_ERROR", place) for place, _ in expected
    ]
    assert [
        sentence[: len(begins)]
        for (_, _, sentence), (_, begins) in zip(found, expected, strict=True)
    ] == [begins for _, begins in expected]
    assert changed_tables(before, await snapshot(unchanging_api.engine)) == set()


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({"to": "2026-03-02T00:00:00Z"}, [("/from", "From is required")]),
        (
            {"from": "yesterday", "to": 7},
            [
                ("/from", "From must be a moment with its zone, such as 2026-03-01T12:00:00Z"),
                ("/to", "To must be a moment with its zone, such as 2026-03-01T12:00:00Z"),
            ],
        ),
        (
            {"from": "2026-03-01T12:00:00", "to": "2026-03-02T00:00:00Z"},
            [("/from", "From must be a moment with its zone, such as 2026-03-01T12:00:00Z")],
        ),
        (
            {"from": "2026-03-02T00:00:00Z", "to": "2026-03-02T00:00:00Z"},
            [("/to", "To must be later than from")],
        ),
    ],
)
async def test_an_unfit_span_is_refused(
    unchanging_api: Api, span: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = await call(unchanging_api, "POST", f"/webhooks/{uuid4()}/replay", span)

    assert [(place, sentence) for _, place, sentence in told(answer)] == expected


async def test_a_span_of_too_many_events_is_refused_and_replays_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.commands.publishing.webhook_deliveries.REPLAY_EVENTS_MAX", 1)
    made = await add(api)
    await delivered(api, made["id"], event(), event(id=named("second")))
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}

    answer = await call(api, "POST", f"/webhooks/{made['id']}/replay", span)

    assert told(answer) == [
        ("VALIDATION_ERROR", "/to", "Choose a shorter span: this one holds more than 1 events")
    ]
    async with database(api).transaction() as work:
        assert await work.publishing.deliveries.untaken(10) == []


async def test_where_loopback_is_allowed_plain_http_leads_to_this_machine_alone(
    api: Api, settings: Settings
) -> None:
    laptop = settings.replace(webhooks_allow_loopback=True)
    async with running_api(laptop, api.engine) as at_home:
        near = await call(at_home, "POST", "/webhooks", {"url": "http://localhost:9000/hook"})
        far = await call(at_home, "POST", "/webhooks", {"url": "http://93.184.215.14/hook"})
        private = await call(at_home, "POST", "/webhooks", {"url": "http://10.0.0.8/hook"})

    assert near.status_code == 201
    assert [sentence for _, _, sentence in told(far)] == [
        "Url must begin with https:// unless it leads to this very machine"
    ]
    assert [sentence for _, _, sentence in told(private)] == [PRIVATE]


def test_loopback_cannot_be_allowed_beside_an_api_that_others_reach() -> None:
    with pytest.raises(ValueError, match="listens on loopback alone"):
        Settings(api_host="0.0.0.0", webhooks_allow_loopback=True)


async def test_the_api_does_not_start_without_the_key_that_seals_secrets(api: Api) -> None:
    settings = api.app.state.settings.replace(webhook_secret_key=None)

    with pytest.raises(UnfitWebhookKey, match="openssl rand -base64 32"):
        async with running_api(settings, api.engine):
            pass
