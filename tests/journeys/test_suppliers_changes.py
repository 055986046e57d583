"""What a supplier changes of a project under way, over the API and on real parts."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from tests.conftest import People
from tests.journeys.project_life import announcement, assign, register, upload

PUBLIC_REASON = "The baseline could not be confirmed."
NOTE = {"note": "The second kiln is described anew."}


async def asked(
    http: httpx.AsyncClient, caller: Any, path: str, body: Any, method: str = "POST"
) -> tuple[int, str]:
    """The status, and the problems' sentences."""
    headers = caller.headers | {"Idempotency-Key": str(uuid4())}
    answer = await http.request(method, f"/api/v1{path}", json=body, headers=headers)
    said = "; ".join(error["detail"] for error in answer.json().get("errors", ()))
    return answer.status_code, said


async def test_a_project_is_changed_its_evidence_replaced_withdrawn_resubmitted_and_rejected(
    people: People, http: httpx.AsyncClient
) -> None:
    project = await register(people, title="Before", type="energy_efficiency")
    of_project, round_id = f"/projects/{project['id']}", project["verificationId"]
    await assign(people, project)
    documents = await upload(people, project)
    seen = await people.verifier.get(f"/verifications/{round_id}/review")
    changes = {"title": "After", "coordinates": {"latitude": 27.1, "longitude": 74.3}}

    changed = await asked(http, people.supplier, of_project, changes, "PATCH")
    of_type = await asked(http, people.supplier, of_project, {"type": "biochar"}, "PATCH")
    by_verifier = await asked(http, people.verifier, of_project, changes, "PATCH")
    content = b"period,tonnes\ncorrected\n"
    version = await people.supplier.upload(
        f"/documents/{documents[0]['id']}/versions", announcement(content), content
    )
    twice = await asked(
        http, people.supplier, f"/documents/{documents[0]['id']}/versions", announcement(content)
    )
    approval = {"notes": "In order.", "vintage": 2025, "reviewDigest": seen["digest"]}
    stale = await asked(http, people.verifier, f"/verifications/{round_id}/approve", approval)
    since = await people.verifier.get(f"/verifications/{round_id}/review?since={seen['digest']}")
    listed = await people.supplier.get(f"{of_project}/changes")
    evidence = {one["id"]: one for one in await people.supplier.get(f"{of_project}/documents")}

    withdrawn = await people.supplier.post(f"{of_project}/withdraw", NOTE)
    gone = await people.supplier.get(of_project)
    after = [
        await asked(http, people.supplier, of_project, {"title": "Later"}, "PATCH"),
        await asked(http, people.supplier, f"{of_project}/withdraw", NOTE),
        await asked(http, people.verifier, f"/verifications/{round_id}/approve", approval),
    ]
    again = await people.supplier.post(f"{of_project}/resubmit", NOTE)
    pending = await asked(http, people.supplier, of_project, {"type": "biochar"}, "PATCH")
    await assign(people, {"verificationId": again["id"]})
    rejected = await people.verifier.post(
        f"/verifications/{again['id']}/reject",
        {"reason": "See pages 12 to 18.", "publicReason": PUBLIC_REASON},
    )
    public = (await http.get(f"/api/v1/registry/projects/{project['id']}")).json()["data"]
    page = (await http.get(f"/projects/{project['id']}")).text

    assert (changed[0], pending[0]) == (200, 200)
    assert (of_type[0], "relies on the type" in of_type[1]) == (409, True)
    assert by_verifier[0] == 403
    assert [(one["number"], [fact["fact"] for fact in one["changes"]]) for one in listed] == [
        (1, ["coordinates", "title"])
    ]
    assert (version["version"], version["supersedes"]) == (2, documents[0]["id"])
    assert evidence[documents[0]["id"]]["supersededBy"] == version["id"]
    assert (twice[0], version["id"] in twice[1]) == (409, True)
    named = "the monitoring report “Monitoring report.csv” is a new version"
    assert (stale[0], named in stale[1]) == (409, True)
    assert sorted(since["changed"]) == sorted(["the project's title, coordinates", named])
    assert (withdrawn["status"], withdrawn["notes"], gone["status"]) == (
        *("withdrawn", NOTE["note"], "withdrawn"),
    )
    assert [status for status, _ in after] == [409, 409, 409]
    assert (again["round"], again["resubmits"], again["progress"]) == (2, round_id, 0)
    assert (rejected["status"], rejected["publicReason"]) == ("rejected", PUBLIC_REASON)
    assert (public["status"], public["verification"]["publicReason"]) == ("rejected", PUBLIC_REASON)
    assert [(one["status"], one["publicReason"]) for one in public["rounds"]] == [
        ("withdrawn", None),
        ("rejected", PUBLIC_REASON),
    ]
    assert public["progress"] == 100
    assert PUBLIC_REASON in page
    assert "pages 12 to 18" not in page + str(public)
    assert NOTE["note"] not in page + str(public)
    superseded = [one for one in public["documents"] if one["supersededAt"]]
    assert [one["id"] for one in superseded] == [documents[0]["id"]]


async def test_of_a_withdrawal_and_a_decision_at_the_same_moment_one_happens(
    people: People, http: httpx.AsyncClient
) -> None:
    project = await register(people, title="At once", type="soil_carbon")
    await assign(people, project)
    round_path = f"/verifications/{project['verificationId']}"

    answers = await asyncio.gather(
        asked(http, people.supplier, f"/projects/{project['id']}/withdraw", NOTE),
        asked(http, people.verifier, f"{round_path}/reject", {"reason": "No scales."}),
        asked(http, people.admin, f"{round_path}/assign", {"verifierId": str(uuid4())}),
    )

    ended = await people.supplier.get(round_path)
    assert sorted(status for status, _ in answers[:2]) == [200, 409]
    assert answers[2][0] in {400, 409}
    assert ended["status"] == ("withdrawn" if answers[0][0] == 200 else "rejected")
    assert (await people.supplier.get(f"/projects/{project['id']}"))["status"] == ended["status"]
