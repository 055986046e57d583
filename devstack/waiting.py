"""What the demo leaves undone on purpose, so that whoever signs in finds something to do."""

import asyncio
import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from devstack.caller import Caller
from devstack.methodologies import OCEAN_ALKALINITY

ASKED_FOR = "500.00"
HELD_FOR_DAYS = 14
SECOND_PROJECT: dict[str, Any] = {
    "title": "Fundy Shore Biochar",
    "type": "biochar",
    "description": "Made up for the demo: sawmill residues become biochar, which farms along the Bay of Fundy plough in.",
    "location": "Amherst, Nova Scotia",
    "country": "CA",
    "coordinates": {"latitude": 45.83, "longitude": -64.21},
    "emissionsTarget": "1800.00",
}
QUESTION = "Which of the two pH probes stands behind the rows of March? Their calibrations differ."


async def open_next_round(
    supplier: Caller, admin: Caller, verifier: Caller, project: dict[str, Any], vintage: int
) -> Any:
    """
    A monitoring period over two calendar years, in review, with a question of the verifier's.

    It lies behind the first round's vintage, and ends before today.
    """
    first_day = date(vintage, 7, 1)
    last_day = min(date(vintage + 1, 6, 30), datetime.now(UTC).date() - timedelta(days=1))
    opened = await supplier.post(
        f"/projects/{project['id']}/monitoring-periods",
        {
            "from": first_day.isoformat(),
            "to": last_day.isoformat(),
            "methodologyVersionId": str(OCEAN_ALKALINITY.id),
        },
    )
    verification = f"/verifications/{opened['id']}"
    await admin.post(f"{verification}/assign", {"verifierId": verifier.user["id"]})
    content = monitoring_series(first_day, last_day)
    report = await supplier.upload(
        f"/projects/{project['id']}/documents",
        {
            "name": "Monitoring of the second period.csv",
            "documentType": "monitoring_report",
            "disclosure": "internal",
            "mimeType": "text/csv",
            "fileSize": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
        content,
    )
    await verifier.post(
        f"{verification}/findings",
        {"kind": "clarification", "text": QUESTION, "about": {"documentId": report["id"]}},
    )
    return opened


async def register_another(supplier: Caller) -> Any:
    """A project that waits for staff to assign a verifier."""
    started = (datetime.now(UTC).date() - timedelta(days=200)).isoformat()
    return await supplier.post("/projects", SECOND_PROJECT | {"startDate": started})


async def ask_to_reserve(supplier: Caller, buyer: Caller, project: dict[str, Any]) -> Any:
    """The supplier offers what is left, and the buyer asks for some of it: the supplier is to answer."""
    [left] = [
        entry
        for entry in await supplier.get(f"/credits?projectId={project['id']}&status=active")
        if float(entry["quantity"]) >= float(ASKED_FOR)
    ]
    await supplier.post(
        "/offers", {"projectId": project["id"], "vintage": left["vintage"], "nameShown": True}
    )
    until = datetime.now(UTC) + timedelta(days=HELD_FOR_DAYS)
    return await buyer.post(
        f"/credits/{left['serial']}/reservations",
        {
            "quantity": ASKED_FOR,
            "until": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "note": "For next year's crossings.",
        },
    )


def monitoring_series(first_day: date, last_day: date) -> bytes:
    """A month's mean pH and alkalinity, made up; a gap where an instrument would have one."""
    lines = ["month,ph_total_scale,alkalinity_umol_per_kg,dosed_alkalinity_kmol"]
    month, count = first_day.replace(day=1), 0
    while month <= last_day:
        ph = "" if count == 5 else f"{8.02 + 0.01 * (count % 4):.2f}"
        lines.append(f"{month:%Y-%m},{ph},{2180 + 7 * (count % 5)},{410 + 13 * count}")
        month, count = (month + timedelta(days=32)).replace(day=1), count + 1
    return ("\n".join(lines) + "\n").encode()


async def leave_work(
    supplier: Caller,
    admin: Caller,
    verifier: Caller,
    buyer: Caller,
    project: dict[str, Any],
    vintage: int,
) -> None:
    """All of it; each part is of other people and waits for nothing of the others."""
    await asyncio.gather(
        open_next_round(supplier, admin, verifier, project, vintage),
        register_another(supplier),
        ask_to_reserve(supplier, buyer, project),
    )
