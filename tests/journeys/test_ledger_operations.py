"""What staff and buyers do on the ledger beside transferring, on real parts, through the HTTP API."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx

from devstack.stack import Stack
from tests.conftest import People
from tests.journeys.project_life import RETIREMENT, approve, assign, issue, register, upload


async def test_credits_of_two_projects_are_retired_together_and_a_stranger_checks_it(
    people: People, http: httpx.AsyncClient, stack: Stack, tmp_path: Path
) -> None:
    serials = [await issue(people), await issue(people)]

    retirement = await people.supplier.post(
        "/retirements",
        RETIREMENT | {"lines": [{"serial": serial, "quantity": "12.50"} for serial in serials]},
    )
    sealed = await people.supplier.wait_for(
        f"/retirements/{retirement['id']}",
        lambda seen: seen["certificateStatus"] == "sealed",
        seconds=60,
    )

    assert (sealed["quantity"], len(sealed["lines"])) == ("25.00", 2)
    path = f"/api/v1/registry/retirements/{retirement['id']}/certificate"
    kept = tmp_path / "certificate.json"
    kept.write_bytes((await http.get(f"{path}.json")).content)
    assert json.loads(kept.read_text())["version"] == 3
    assert (await http.get(f"{path}.pdf")).content.startswith(b"%PDF-")
    page = await http.get(f"/retirements/{retirement['id']}")
    assert all(line["serial"] in page.text for line in sealed["lines"])
    checked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.verify", str(kept)),
        *("--chain", f"{stack.devnet_url}/api/v0", "--registry", stack.api_url),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await checked.communicate()
    assert (checked.returncode, b"all 14 checks passed" in said) == (0, True)


async def test_staff_cancel_a_part_and_everybody_sees_why(people: People) -> None:
    serial = await issue(people)

    cancelled = await people.admin.post(
        f"/credits/{serial}/cancel", {"quantity": "100.00", "reason": "Counted twice."}
    )

    assert (cancelled["type"], cancelled["quantity"], cancelled["reason"]) == (
        "cancellation",
        "100.00",
        "Counted twice.",
    )
    credit = await people.admin.get(f"/credits/{cancelled['resultSerial']}")
    assert credit["status"] == "cancelled"


async def test_a_loss_is_covered_from_the_buffer_and_the_certificate_says_so(
    people: People, http: httpx.AsyncClient
) -> None:
    """1,000 t with a buffer of 100 t; 50 t are released, 30 t retired, and then 200 t are lost."""
    await _release_all_buffer(people)
    project: Any = await register(people, type="forest_conservation")
    await people.admin.post(
        f"/projects/{project['id']}/buffer-share",
        {"reversalRisk": "low", "reason": "It rains all year."},
    )
    await assign(people, project)
    await upload(people, project)
    await approve(people, project)
    (credit,) = await people.supplier.wait_for(
        f"/credits?projectId={project['id']}", lambda found: len(found) == 1, seconds=30
    )
    buffered = [b for b in await people.admin.get("/buffer") if b["projectId"] == project["id"]]
    assert [entry["quantity"] for entry in [credit, *buffered]] == ["900.00", "100.00"]
    await people.admin.post(
        f"/buffer/{buffered[0]['serial']}/release", {"quantity": "50.00", "reason": "No loss yet."}
    )
    retirement = await people.supplier.post(
        f"/credits/{credit['serial']}/retire", RETIREMENT | {"quantity": "30.00"}
    )

    reversal = await people.admin.post(
        f"/projects/{project['id']}/reversals",
        {"quantity": "200.00", "vintage": 2025, "cause": "A fire.", "avoidable": False},
    )

    assert (reversal["quantity"], reversal["coveredQuantity"]) == ("200.00", "50.00")
    (touched,) = reversal["certificates"]
    assert (touched["retirementId"], touched["touchedQuantity"], touched["coveredQuantity"]) == (
        retirement["id"],
        "30.00",
        "30.00",
    )
    public = await http.get(f"/api/v1/registry/reversals/{reversal['id']}")
    assert public.json()["data"] == reversal
    assert "A fire." in (await http.get(f"/retirements/{retirement['id']}")).text
    sums = (await http.get("/api/v1/registry/conservation")).json()["data"]
    assert sums["holds"] is True
    notes = await people.supplier.get("/me/notifications")
    assert {"retirement_reversed", "credits_suspended", "obligation_opened"} <= {
        note["kind"] for note in notes
    }
    await _make_good(people, http, reversal)


async def _release_all_buffer(people: People) -> None:
    """All projects' buffer covers a loss, what other journeys have left there too."""
    while left := await people.admin.get("/buffer?limit=100"):
        for entry in left:
            await people.admin.post(
                f"/buffer/{entry['serial']}/release",
                {"quantity": entry["quantity"], "reason": "That journey is over."},
            )


async def _make_good(people: People, http: httpx.AsyncClient, reversal: Any) -> None:
    """150.00 t are owed and suspended; the supplier replaces them with credits of another project."""
    owed = reversal["obligation"]
    assert (owed["status"], owed["owedQuantity"], owed["suspendedQuantity"]) == (
        "open",
        "150.00",
        "150.00",
    )
    page = f"/projects/{reversal['projectId']}"
    assert "not yet made good" in (await http.get(page)).text
    blocked, *_ = await people.supplier.get(
        f"/credits?projectId={reversal['projectId']}&status=suspended"
    )
    refused = await http.post(
        f"/api/v1/credits/{blocked['serial']}/retire",
        json=RETIREMENT | {"quantity": "1.00"},
        headers=people.supplier.headers | {"Idempotency-Key": "retire-suspended"},
    )
    assert (refused.status_code, "suspended" in refused.text) == (409, True)
    settled = await people.supplier.post(
        f"/reversals/{reversal['id']}/replacements",
        {"serial": await issue(people), "quantity": "150.00", "reason": "Our kilns."},
    )
    assert (settled["status"], settled["owedQuantity"]) == ("settled", "0.00")
    listed = await http.get(f"/api/v1/registry/projects/{reversal['projectId']}/obligations")
    assert listed.json()["data"] == [settled]
    assert "not yet made good" not in (await http.get(page)).text
