"""What comes after a project's first verification, over the API and on real parts."""

from typing import Any
from uuid import uuid4

import httpx

from tests.conftest import People
from tests.journeys.project_life import approve, assign, register, upload

ACROSS = {"from": "2024-07-01", "to": "2025-06-30"}
AFTER_A_GAP = {"from": "2026-07-01", "to": "2026-10-31"}


async def asked(people: People, http: httpx.AsyncClient, path: str, body: Any) -> tuple[int, Any]:
    """As the supplier, or the verifier of what is decided; the status, and the problem's sentence."""
    caller = people.verifier if path.startswith("/verifications") else people.supplier
    headers = caller.headers | {"Idempotency-Key": str(uuid4())}
    answer = await http.post(f"/api/v1{path}", json=body, headers=headers)
    return answer.status_code, "; ".join(
        error["detail"] for error in answer.json().get("errors", ())
    )


async def test_a_project_is_monitored_issued_for_rejected_and_resubmitted(
    people: People, http: httpx.AsyncClient
) -> None:
    project = await register(
        people, startDate="2024-01-01", title="Rounds", type="cookstoves", creditingPeriodEnd="2033-12-31"
    )  # fmt: skip
    await assign(people, project)
    await upload(people, project)
    await approve(people, project)
    await people.supplier.wait_for(
        f"/projects/{project['id']}", lambda found: found["status"] == "verified", seconds=30
    )
    periods = f"/projects/{project['id']}/monitoring-periods"

    second = await people.supplier.post(periods, ACROSS)
    while_open = await asked(people, http, periods, AFTER_A_GAP)
    outside = await asked(people, http, periods, {"from": "2023-12-31", "to": "2034-01-01"})
    await assign(people, {"verificationId": second["id"]})
    evidence = await upload(people, project | {"verificationId": second["id"]})
    decision = f"/verifications/{second['id']}/approve"
    wrong_year = await asked(people, http, decision, said({2022: "1.00", 2024: "400.00"}))
    approved = await people.verifier.post(decision, said({2024: "400.00", 2025: "420.00"}))
    credits = await people.supplier.wait_for(
        f"/credits?projectId={project['id']}", lambda found: len(found) == 3, seconds=30
    )
    overlapping = await asked(people, http, periods, {"from": "2025-06-30", "to": "2025-12-31"})

    third = await people.supplier.post(periods, AFTER_A_GAP)
    await assign(people, {"verificationId": third["id"]})
    await people.verifier.post(f"/verifications/{third['id']}/reject", {"reason": "No scales."})
    again = await people.supplier.post(
        f"/verifications/{third['id']}/resubmit", {"whatChanged": "New scales, calibrated."}
    )

    listed = await people.supplier.get(periods)
    public = (await http.get(f"/api/v1/registry/projects/{project['id']}")).json()["data"]
    page = (await http.get(f"/projects/{project['id']}")).text
    [of_2025] = [one for one in credits if one["quantity"] == "420.00"]
    credit = (await http.get(f"/api/v1/registry/credits/{of_2025['serial']}")).json()["data"]
    conservation = (await http.get("/api/v1/registry/conservation")).json()["data"]

    assert (second["round"], second["monitoringPeriod"], second["status"]) == (2, ACROSS, "pending")
    assert (while_open[0], second["id"] in while_open[1]) == (409, True)
    # Both days, each where it stands in the body.
    assert outside == (400, "; ".join(["The crediting period is 2024-01-01 to 2033-12-31."] * 2))
    assert {document["verificationId"] for document in evidence} == {second["id"]}
    assert wrong_year[0] == 400
    assert approved["vintages"] == [
        {"vintage": 2024, "quantity": "400.00"},
        {"vintage": 2025, "quantity": "420.00"},
    ]
    assert (approved["vintage"], approved["verifiedQuantity"]) == (None, "820.00")
    assert sorted((one["vintage"], one["quantity"]) for one in credits) == [
        (2024, "400.00"),
        (2025, "1000.00"),
        (2025, "420.00"),
    ]
    assert overlapping[0] == 409
    assert "2025-06-30 to 2025-12-31" in overlapping[1]
    assert "2024-07-01 to 2025-06-30" in overlapping[1]
    assert (again["resubmits"], again["whatChanged"]) == (third["id"], "New scales, calibrated.")
    assert [(one["status"], one["gapDays"]) for one in listed] == [
        ("approved", 0),
        ("rejected", 365),
        ("pending", 365),
    ]
    assert (public["status"], public["verification"]["vintage"]) == ("verified", 2025)
    assert [one["status"] for one in public["rounds"]] == [
        "approved",
        "approved",
        "rejected",
        "pending",
    ]
    assert "New scales" not in str(public)
    assert "no round covers the 365 days before" in page
    assert (credit["vintage"], credit["round"], credit["monitoringPeriod"]) == (2025, 2, ACROSS)
    assert conservation["total"]["holds"] is True


async def test_a_rejected_project_is_resubmitted_and_its_rejection_stays(
    people: People, http: httpx.AsyncClient
) -> None:
    project = await register(people, title="Resubmitted", type="waste_management")
    await assign(people, project)
    await people.verifier.post(
        f"/verifications/{project['verificationId']}/reject", {"reason": "No baseline."}
    )

    again = await people.supplier.post(
        f"/verifications/{project['verificationId']}/resubmit", {"whatChanged": "A baseline."}
    )
    now = await people.supplier.get(f"/projects/{project['id']}")
    twice = await asked_again(people, http, project["verificationId"])
    await assign(people, now)
    await upload(people, now)
    await approve(people, now)
    credits = await people.supplier.wait_for(
        f"/credits?projectId={project['id']}", lambda found: len(found) == 1, seconds=30
    )

    public = (await http.get(f"/api/v1/registry/projects/{project['id']}")).json()["data"]
    assert (now["status"], now["verificationId"]) == ("pending", again["id"])
    assert twice[0] == 409
    assert (public["status"], credits[0]["quantity"]) == ("verified", "1000.00")
    assert [one["status"] for one in public["rounds"]] == ["rejected", "approved"]


async def asked_again(people: People, http: httpx.AsyncClient, rejected_id: str) -> tuple[int, Any]:
    headers = people.supplier.headers | {"Idempotency-Key": str(uuid4())}
    answer = await http.post(
        f"/api/v1/verifications/{rejected_id}/resubmit",
        json={"whatChanged": "Again."},
        headers=headers,
    )
    return answer.status_code, answer.json()["errors"][0]["detail"]


def said(vintages: dict[int, str]) -> dict[str, Any]:
    return {
        "notes": "In order.",
        "vintages": [
            {"vintage": vintage, "quantity": quantity} for vintage, quantity in vintages.items()
        ],
    }
