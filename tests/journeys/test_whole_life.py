"""One project's whole life on real parts, and what each of the people can see of it."""

import json
from pathlib import Path

import httpx

from devstack.stack import Stack
from tests.conftest import FinishedStory, People


async def test_the_demo_says_what_came_of_it(finished_story: FinishedStory) -> None:
    outcome = finished_story.outcome

    assert set(outcome) == {
        "apiUrl",
        "temporalUiUrl",
        "projectId",
        "verificationId",
        "serial",
        "transferId",
        "retirementId",
        "txHash",
        "confirmations",
        "certificatePath",
        "steps",
    }
    assert outcome["confirmations"] >= 6
    assert len(outcome["txHash"]) == 64
    assert min(step["seconds"] for step in outcome["steps"]) >= 0


async def test_anybody_sees_the_project_and_its_verified_credits(
    finished_story: FinishedStory, http: httpx.AsyncClient
) -> None:
    issued = finished_story.outcome["serial"]

    project = (await http.get(f"/api/v1/registry/projects/{finished_story.project_id}")).json()
    credit = (await http.get(f"/api/v1/registry/credits/{issued}")).json()

    assert project["data"]["title"] == "Nova Scotia Mineral OAE Project"
    assert project["data"]["status"] == "verified"
    assert credit["data"]["quantity"] == "4853.60"
    # It was handed on in part, so its units live on under other serials.
    assert credit["data"]["status"] == "split"


async def test_what_was_issued_is_what_is_active_and_retired(
    finished_story: FinishedStory, http: httpx.AsyncClient
) -> None:
    conservation = (await http.get("/api/v1/registry/conservation")).json()["data"]

    assert conservation["total"]["holds"] is True


async def test_the_chain_holds_the_retirement_in_the_shape_of_the_seed(
    finished_story: FinishedStory, stack: Stack, people: People
) -> None:
    retirement = await people.buyer.get(f"/retirements/{finished_story.retirement_id}")

    async with httpx.AsyncClient(base_url=f"{stack.devnet_url}/api/v0") as chain:
        metadata = (await chain.get(f"/txs/{finished_story.outcome['txHash']}/metadata")).json()

    [shown] = metadata
    assert shown["label"] == "674"
    # The transfer that went just before may share the transaction; each keeps its own shape.
    [record] = [
        one
        for one in shown["json_metadata"].get("records", [shown["json_metadata"]])
        if one["msg"] == ["Karbonica Carbon Credit Retirement"]
    ]
    [opening] = await people.buyer.get(f"/retirements/{finished_story.retirement_id}/openings")
    assert record == {
        "msg": ["Karbonica Carbon Credit Retirement"],
        "credit_id": retirement["serial"],
        "project_id": finished_story.project_id,
        "quantity": "1891.00",
        "vintage": 2025,
        "retired_by": opening["commitment"],
        "retirement_reason": ["Compensation of the ferries' fuel emissions in 2025"],
        "timestamp": retirement["retiredAt"][:19] + "Z",
    }


async def test_the_certificate_is_served_byte_for_byte_and_as_pdf(
    finished_story: FinishedStory, http: httpx.AsyncClient
) -> None:
    path = f"/api/v1/registry/retirements/{finished_story.retirement_id}/certificate"

    served = await http.get(f"{path}.json")
    pdf = await http.get(f"{path}.pdf")

    kept = Path(finished_story.outcome["certificatePath"]).read_bytes()
    assert served.content == kept
    assert json.loads(kept)["status"] == "sealed"
    assert pdf.content.startswith(b"%PDF-")


async def test_staff_see_where_the_workflow_is_and_where_to_read_its_history(
    finished_story: FinishedStory, people: People
) -> None:
    workflow = await people.admin.wait_for(
        f"/retirements/{finished_story.retirement_id}/workflow",
        lambda seen: seen["stage"] == "done",
        seconds=30,
    )

    assert workflow["workflowId"] == f"retirement/{finished_story.retirement_id}"
    assert workflow["historyUrl"].startswith(finished_story.outcome["temporalUiUrl"])


async def test_people_were_told_in_the_app_and_by_mail(
    finished_story: FinishedStory, people: People, stack: Stack
) -> None:
    notifications = await people.buyer.get("/me/notifications")
    async with httpx.AsyncClient(base_url=stack.mail_url) as mail:
        caught = (await mail.get("/messages")).json()["messages"]

    assert {"credits_received", "certificate_sealed"} <= {note["kind"] for note in notifications}
    assert [people.buyer.user["email"]] in [message["recipients"] for message in caught]


async def test_no_workflow_history_holds_a_person(
    finished_story: FinishedStory, stack: Stack
) -> None:
    from adapters.settings.temporal import TemporalSettings
    from adapters.temporal.client import connect_temporal

    client = await connect_temporal(TemporalSettings(temporal_address=stack.temporal_address))
    histories = [
        (await client.get_workflow_handle(workflow_id).fetch_history()).to_json()
        for workflow_id in (
            f"verification/{finished_story.verification_id}",
            f"retirement/{finished_story.retirement_id}",
            f"transfer/{finished_story.outcome['transferId']}",
        )
    ]

    # Each of these was typed in or belongs to one of the accounts that took part.
    for personal in ("karbonica.example", "Harbour Ferries", "Bo Buyer", "Dosing records"):
        for history in histories:
            assert personal not in history
