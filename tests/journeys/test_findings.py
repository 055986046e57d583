"""Findings over the API and on real parts: asked, answered, settled, and carried into the next round."""

import io
from typing import Any
from uuid import uuid4

import httpx
from pypdf import PdfWriter

from tests.conftest import People
from tests.journeys.project_life import announcement, approve, assign, register, upload


def report_of(pages: int) -> bytes:
    written, made = io.BytesIO(), PdfWriter()
    for _ in range(pages):
        made.add_blank_page(width=72, height=72)
    made.write(written)
    return written.getvalue()


async def test_two_findings_are_answered_and_a_forward_action_goes_into_the_next_round(
    people: People, http: httpx.AsyncClient
) -> None:
    async def refused(caller: Any, path: str, body: Any) -> tuple[int, str, list[str]]:
        headers = caller.headers | {"Idempotency-Key": str(uuid4())}
        answer = await http.post(f"/api/v1{path}", json=body, headers=headers)
        errors = answer.json().get("errors", [])
        pointers = [error["source"]["pointer"] for error in errors if "source" in error]
        return answer.status_code, " ".join(error["detail"] for error in errors), pointers

    supplier, verifier = people.supplier, people.verifier
    project = await register(people, startDate="2024-01-01", title="Findings", type="blue_carbon")
    another = await register(people, title="Another", type="soil_carbon")
    await assign(people, project)
    await upload(people, project)
    content = report_of(12)
    report = await supplier.upload(
        f"/projects/{project['id']}/documents",
        announcement(content, name="Report.pdf", mimeType="application/pdf"),
        content,
    )
    foreign = await supplier.upload(
        f"/projects/{another['id']}/documents", announcement(b"another"), b"another"
    )
    round_path = f"/verifications/{project['verificationId']}"
    raising = f"{round_path}/findings"
    said = {"kind": "corrective_action", "text": "The scale's certificate had ended."}

    past_the_end = await refused(verifier, raising, said | {"about": {"documentId": report["id"], "page": 900}})  # fmt: skip
    no_field = await refused(verifier, raising, said | {"about": {"field": "owner"}})
    not_its_own = await refused(verifier, raising, said | {"about": {"documentId": foreign["id"]}})
    first = await verifier.post(raising, said | {"about": {"documentId": report["id"], "page": 12}})
    second = await verifier.post(
        raising,
        {"kind": "clarification", "text": "Which year?", "about": {"field": "startDate"}},
    )
    forward = await verifier.post(
        raising, {"kind": "forward_action", "text": "Calibrate each year."}
    )
    await verifier.post(f"{round_path}/looked", {})
    too_early = await refused(verifier, f"{round_path}/approve", {"notes": "Fine.", "vintage": 2025, "duplicateNote": "Its own."})  # fmt: skip
    answered = [
        await supplier.post(
            f"/findings/{one['id']}/replies",
            {"text": "See the attached.", "attachments": [report["id"]]},
        )
        for one in (first, second)
    ]
    changes = await verifier.get(f"{round_path}/changes")
    told = await verifier.get("/me/notifications?limit=5")
    closed_by_another = await refused(people.admin, f"/findings/{first['id']}/close", {"note": "."})
    for one in (first, second):
        await verifier.post(f"/findings/{one['id']}/close", {"note": "Seen and right."})
    after_closing = await refused(supplier, f"/findings/{first['id']}/replies", {"text": "More."})
    before_approval = await verifier.get(round_path)
    await approve(people, project)
    after_approval = await refused(verifier, f"/findings/{first['id']}/reopen", {"text": "Oh."})
    await supplier.wait_for(
        f"/projects/{project['id']}", lambda found: found["status"] == "verified", seconds=30
    )

    period = {"from": "2024-07-01", "to": "2025-06-30"}
    later = await supplier.post(f"/projects/{project['id']}/monitoring-periods", period)
    [carried] = await supplier.get(f"/verifications/{later['id']}/findings")
    former = await supplier.get(f"/findings/{forward['id']}")
    public = (await http.get(f"/api/v1/registry/projects/{project['id']}")).json()["data"]

    assert (past_the_end[0], past_the_end[2]) == (400, ["/about/page"])
    assert (no_field[0], no_field[2], not_its_own[0]) == (400, ["/about/field"], 404)
    assert [(one["number"], one["state"]) for one in (first, second, forward)] == [
        (1, "open"),
        (2, "open"),
        (3, "open"),
    ]
    assert (too_early[0], "Findings 1 and 2 are not closed" in too_early[1]) == (409, True)
    assert [one["state"] for one in answered] == ["answered", "answered"]
    assert answered[0]["messages"][0]["attachments"] == [report["id"]]
    assert [one["eventType"] for one in changes["changes"]] == ["finding.replied"] * 2
    assert {one["link"] for one in told[:2]} == {f"/desk/findings/{one['id']}" for one in answered}
    assert (closed_by_another[0], after_closing[0], after_approval[0]) == (403, 409, 409)
    assert before_approval["findings"] == {"open": 1, "answered": 0, "closed": 2, "blocking": 0}
    assert (carried["carriedFrom"], carried["kind"], carried["text"]) == (
        forward["id"],
        "forward_action",
        "Calibrate each year.",
    )
    assert (former["state"], former["carriedInto"]) == ("open", carried["id"])
    assert [one["findings"] for one in public["rounds"]] == [
        [
            {"kind": "corrective_action", "raised": 1, "closed": 1},
            {"kind": "clarification", "raised": 1, "closed": 1},
            {"kind": "forward_action", "raised": 1, "closed": 0},
        ],
        [{"kind": "forward_action", "raised": 1, "closed": 0}],
    ]
    assert "scale" not in str(public)
