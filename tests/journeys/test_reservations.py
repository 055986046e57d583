"""A buyer asks suppliers for credits, on real parts: set aside, refused, handed over, and given back in time."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from devstack.caller import Caller
from devstack.stack import Stack
from tests.conftest import People
from tests.journeys.project_life import RETIREMENT, issue

HOUR = timedelta(hours=1)


def ask(quantity: str, lasts: timedelta = HOUR) -> dict[str, Any]:
    return {"quantity": quantity, "until": (datetime.now(UTC) + lasts).isoformat(), "note": "Soon"}


async def refused(http: httpx.AsyncClient, who: Caller, path: str, body: Any = None) -> str:
    """The sentence of a 409."""
    answer = await http.post(
        f"/api/v1{path}",
        json=body or {},
        headers=who.headers | {"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 409, answer.text
    detail: str = answer.json()["errors"][0]["detail"]
    return detail


async def active_units(http: httpx.AsyncClient, project_id: str) -> tuple[str, str, bool]:
    sums = (await http.get("/api/v1/registry/conservation")).json()["data"]
    (part,) = [one for one in sums["parts"] if one["projectId"] == project_id]
    return part["active"], part["reserved"], sums["holds"] and part["holds"]


async def test_units_are_set_aside_for_one_and_handed_over(
    people: People, http: httpx.AsyncClient
) -> None:
    supplier, buyer = people.supplier, people.buyer
    serial = await issue(people)
    project_id = (await supplier.get(f"/credits/{serial}"))["projectId"]
    offer = await supplier.post(
        "/offers", {"projectId": project_id, "vintage": 2025, "nameShown": True}
    )
    market = (await http.get(f"/api/v1/registry/offers?projectId={project_id}")).json()
    assert [(one["available"], one["serial"]) for one in market["data"]] == [("1000.00", serial)]
    assert (market["meta"]["available"], market["data"][0]["holderName"] is None) == (
        "1000.00",
        False,
    )

    path = f"/credits/{serial}/reservations"
    assert "holds 1000.00 t" in await refused(http, buyer, path, ask("1000.01"))
    first, second, third = [await buyer.post(path, ask(t)) for t in ("600.00", "600.00", "10.00")]
    assert [one["status"] for one in (first, second, third)] == ["requested"] * 3
    told = [note["kind"] for note in await supplier.get("/me/notifications")]
    assert told.count("reservation_requested") >= 3
    accepted = await supplier.post(f"/reservations/{first['id']}/accept", {})
    assert "400.00 t can still be reserved" in await refused(
        http, supplier, f"/reservations/{second['id']}/accept"
    )
    declined = await supplier.post(f"/reservations/{third['id']}/refuse", {})
    assert (accepted["status"], declined["status"]) == ("accepted", "refused")
    assert await active_units(http, project_id) == ("400.00", "600.00", True)

    reserved = accepted["reservedSerial"]
    for path, body in (
        (f"/credits/{reserved}/retire", RETIREMENT | {"quantity": "1.00"}),
        (
            f"/credits/{reserved}/transfer",
            {"quantity": "600.00", "recipientId": people.admin.user["id"]},
        ),
    ):
        await refused(http, supplier, path, body)
    handed = await supplier.post(f"/reservations/{first['id']}/fulfil", {})
    assert (handed["status"], handed["endedAt"] is None) == ("fulfilled", False)
    assert "already" in await refused(http, buyer, f"/reservations/{first['id']}/cancel")
    assert await active_units(http, project_id) == ("1000.00", "0.00", True)
    cancelled = await buyer.post(f"/reservations/{second['id']}/cancel", {})
    assert cancelled["status"] == "cancelled"
    listed = await buyer.get("/reservations?limit=3")
    assert [one["status"] for one in listed] == ["refused", "cancelled", "fulfilled"]

    await supplier_withdraws(http, supplier, offer["id"])
    market = (await http.get(f"/api/v1/registry/offers?projectId={project_id}")).json()
    assert market["data"] == []


async def supplier_withdraws(http: httpx.AsyncClient, supplier: Caller, offer_id: str) -> None:
    answer = await http.delete(f"/api/v1/offers/{offer_id}", headers=supplier.headers)
    assert answer.status_code == 204


async def test_units_come_back_though_the_worker_was_dead_when_the_time_was_up(
    people: People, http: httpx.AsyncClient, stack: Stack
) -> None:
    serial = await issue(people)
    project_id = (await people.supplier.get(f"/credits/{serial}"))["projectId"]
    path = f"/credits/{serial}/reservations"
    late = await people.buyer.post(path, ask("5.00", timedelta(seconds=2)))
    kept = await people.buyer.post(path, ask("250.00", timedelta(seconds=4)))
    await people.supplier.post(f"/reservations/{kept['id']}/accept", {})
    assert await active_units(http, project_id) == ("750.00", "250.00", True)

    await stack.worker.kill()
    await asyncio.sleep(4)
    assert (await people.buyer.get(f"/reservations/{kept['id']}"))["status"] == "accepted"
    await stack.worker.start()

    for reservation in (late, kept):
        await people.buyer.wait_for(
            f"/reservations/{reservation['id']}",
            lambda seen: seen["status"] == "expired",
            seconds=60,
        )
    assert await active_units(http, project_id) == ("1000.00", "0.00", True)
    assert "expired already" in await refused(
        http, people.supplier, f"/reservations/{late['id']}/accept"
    )
