"""What a tonne rests on, over the API and on real parts: methodology, statement, checklist."""

from typing import Any
from uuid import uuid4

import httpx

from devstack.caller import Caller
from tests.conftest import People
from tests.journeys.project_life import PROJECT, announcement, approve, assign, register, upload

VERSION: dict[str, Any] = {
    "version": "1.0",
    "projectTypes": ["cookstoves"],
    "requiredDocumentTypes": ["laboratory_analysis"],
    "parameters": [{"name": "Fuel saved", "unit": "kg", "description": "Of each stove, weighed."}],
    "creditingPeriodYears": 7,
    "durabilityYears": None,
    "requiresStatement": True,
    "requiresChecklist": True,
    "validFrom": "2024-01-01",
}
WITHDRAWN = {"reason": "Version 2.0 weighs the wood as well."}


async def asked(
    caller: Caller, http: httpx.AsyncClient, call: str, body: Any = None
) -> tuple[int, Any]:
    """The status, and the problems' sentences with where they stand."""
    method, _, path = call.partition(" ")
    headers = caller.headers | {"Idempotency-Key": str(uuid4())}
    answer = await http.request(method, f"/api/v1{path}", json=body, headers=headers)
    faults = answer.json().get("errors", ())
    return answer.status_code, "; ".join(f"{one.get('source')} {one['detail']}" for one in faults)


def stated(version_id: str, vintage: int, quantity: str, **changed: Any) -> dict[str, Any]:
    return {
        "scope": "Four hundred stoves in three villages.",
        "criteria": "ISO 14064-2:2019",
        "assurance": "reasonable",
        "materiality": "5",
        "methodologyVersionId": version_id,
        "quantities": [{"vintage": vintage, "quantity": quantity}],
        "uncertainty": "3.25",
        "deductions": [{"vintage": vintage, "reason": "Stoves not found.", "quantity": "12.00"}],
        "independence": "Nobody of us sells stoves.",
        "opinion": "positive",
    } | changed


async def bring_analysis(people: People, project: Any) -> None:
    content = f"Calorific values {uuid4()}".encode()
    sent = announcement(content, documentType="laboratory_analysis")
    await people.supplier.upload(f"/projects/{project['id']}/documents", sent, content)


async def test_a_project_is_approved_by_what_its_methodology_asks_for(
    people: People, http: httpx.AsyncClient
) -> None:
    facts = {"name": f"Stoves {uuid4()}", "standard": "Ours", "sector": "Energy demand"}
    methodology = await people.admin.post("/methodologies", facts | VERSION)
    version_id = methodology["versions"][0]["id"]
    chosen = {"methodologyVersionId": version_id, "startDate": "2024-01-01", "title": "Stoves"}
    refused = {
        "twice": await asked(people.admin, http, "POST /methodologies", facts | VERSION),
        "another type": await asked(
            people.supplier, http, "POST /projects", PROJECT | chosen | {"type": "biochar"}
        ),
        "too long": await asked(
            people.supplier, http, "POST /projects",
            PROJECT | chosen | {"type": "cookstoves", "creditingPeriodEnd": "2031-01-01"},
        ),
        "nowhere": await asked(
            people.supplier, http, "POST /projects",
            PROJECT | {"methodologyVersionId": str(uuid4())},
        ),
    }  # fmt: skip
    project = await register(people, type="cookstoves", **chosen)
    verification = f"/verifications/{project['verificationId']}"
    statement, decision = f"{verification}/statement", f"POST {verification}/approve"
    approval = {"notes": "In order.", "vintage": 2025, "duplicateNote": "Other villages."}
    right = stated(version_id, 2025, "1000.00")
    refused["no verifier yet"] = await asked(people.verifier, http, f"PUT {statement}", right)
    await assign(people, project)
    await upload(people, project)
    refused["no analysis"] = await asked(people.verifier, http, decision, approval)
    await bring_analysis(people, project)
    refused["no statement"] = await asked(people.verifier, http, decision, approval)
    refused["of the supplier"] = await asked(people.supplier, http, f"PUT {statement}", right)
    wrong = stated(str(uuid4()), 2019, "1.00", opinion="adverse")
    refused["all faults"] = await asked(people.verifier, http, f"PUT {statement}", wrong)
    adverse = right | {"opinion": "adverse", "opinionBasis": "The stoves are gone."}
    await people.verifier.put(statement, adverse)
    refused["adverse"] = await asked(people.verifier, http, decision, approval)
    await people.verifier.put(statement, stated(version_id, 2025, "988.00"))
    refused["another quantity"] = await asked(people.verifier, http, decision, approval)
    written = [await people.verifier.put(statement, right) for _ in range(2)]

    approved = await approve(people, project)
    bound = await people.supplier.get(statement)
    public = f"/api/v1/registry{statement}"
    before = (await http.get(public)).status_code
    refused["too late"] = await asked(people.verifier, http, f"PUT {statement}", right)
    checklist = f"{verification}/checklist"
    items = [one["item"] for one in (await people.admin.get(checklist))["items"]]
    refused["unticked"] = await asked(people.admin, http, f"POST {verification}/countersign", {})
    refused["not of it"] = await asked(
        people.admin, http, f"PUT {checklist}", {"items": {"stead_reason_read": {"done": True}}}
    )
    ticks = {item: {"done": True} for item in items}
    for _ in range(2):
        ticked = await people.admin.put(checklist, {"items": ticks})
    taken_back = await people.admin.put(checklist, {"items": {items[0]: {"done": False}}})
    refused["one left"] = await asked(people.admin, http, f"POST {verification}/countersign", {})
    await people.admin.put(checklist, {"items": {items[0]: {"done": True, "note": "Seen."}}})
    await people.admin.post(f"{verification}/countersign", {})
    await people.supplier.wait_for(
        f"/credits?projectId={project['id']}", lambda found: len(found) == 1, seconds=30
    )
    open_to_all = (await http.get(public)).json()["data"]
    printed = await http.get(f"{public}.pdf")
    page = (await http.get(statement)).text

    # A version is withdrawn while a round is open: that one finishes on it, and no later one has it.
    periods = f"/projects/{project['id']}/monitoring-periods"
    second = await people.supplier.post(periods, {"from": "2025-01-01", "to": "2025-12-31"})
    changed = await people.admin.patch(
        f"/methodologies/{methodology['id']}",
        {
            "newVersion": VERSION | {"version": "2.0", "requiresChecklist": False},
            "withdraw": WITHDRAWN | {"versionId": version_id},
        },
    )
    refused["withdrawn twice"] = await asked(
        people.admin, http, f"PATCH /methodologies/{methodology['id']}",
        {"withdraw": WITHDRAWN | {"versionId": version_id}},
    )  # fmt: skip
    of_second = {"id": project["id"], "verificationId": second["id"]}
    await assign(people, of_second)
    await upload(people, of_second)
    await bring_analysis(people, of_second)
    await people.verifier.put(
        f"/verifications/{second['id']}/statement", stated(version_id, 2025, "400.00")
    )
    finished = await approve(people, of_second, vintage=2025, verifiedQuantity="400.00")
    await people.admin.put(
        f"/verifications/{second['id']}/checklist",
        {"items": {one["item"]: {"done": True} for one in (await people.admin.get(
            f"/verifications/{second['id']}/checklist"))["items"]}},
    )  # fmt: skip
    await people.admin.post(f"/verifications/{second['id']}/countersign", {})
    third = {"from": "2026-01-01", "to": "2026-06-30"}
    refused["withdrawn"] = await asked(people.supplier, http, f"POST {periods}", third)
    newer = next(one["id"] for one in changed["versions"] if one["version"] == "2.0")
    opened = await people.supplier.post(periods, third | {"methodologyVersionId": newer})
    rounds = (await http.get(f"/api/v1/registry/projects/{project['id']}")).json()["data"]["rounds"]
    project_page = (await http.get(f"/projects/{project['id']}")).text

    said = {name: f"{status} {sentence}" for name, (status, sentence) in refused.items()}
    for name, expected in {
        "twice": "409 None Ours has a methodology",
        "another type": "400 {'pointer': '/methodologyVersionId'}",
        "too long": "400 {'pointer': '/creditingPeriodEnd'}",
        "nowhere": "400 {'pointer': '/methodologyVersionId'} There is no such methodology version.",
        "no verifier yet": "404",
        "no analysis": "409 None Approval needs more documents; missing: a document of the type laboratory",
        "no statement": "409 None Approval needs the assigned verifier's verification statement",
        "of the supplier": "403",
        "adverse": "409 None The verification statement has the opinion “adverse”",
        "another quantity": "409 None The verification statement has 988.00 t of 2025, and 1000.00 t",
        "too late": "409 None This verification is already approved.",
        "unticked": f"409 None {facts['name']}, version 1.0, asks for the checklist",
        "not of it": "400 {'pointer': '/items/stead_reason_read'}",
        "one left": "409",
        "withdrawn twice": "409",
        "withdrawn": f"409 None {facts['name']}, version 1.0, was withdrawn on",
    }.items():
        assert said[name].startswith(expected), (name, said[name])
    assert {"/methodologyVersionId", "/quantities/0/vintage", "/opinionBasis"} == {
        part.partition("'}")[0] for part in said["all faults"].split("'pointer': '")[1:]
    }
    assert said["one left"].endswith(f"by you: {items[0]}.")
    assert project["creditingPeriodEnd"] == "2030-12-31"
    assert [one["version"] for one in written] == [3, 3]
    assert (approved["needsCountersignature"], approved["statementSha256"]) == (
        True,
        written[0]["sha256"],
    )
    assert (bound["bound"], before, ticked["complete"], taken_back["complete"]) == (
        True, 404, True, False,
    )  # fmt: skip
    assert "independence" not in open_to_all
    assert open_to_all["accreditation"] == "ISO 14065 (demo), DEMO-1, until 2099-12-31"
    assert (printed.headers["content-type"], printed.content[:5]) == ("application/pdf", b"%PDF-")
    assert "Stoves not found." in page
    assert "Nobody of us sells stoves." not in page
    assert finished["methodologyVersionId"] == version_id
    assert (opened["round"], opened["methodologyVersionId"]) == (3, newer)
    assert [one["methodology"]["version"] for one in rounds] == ["1.0", "1.0", "2.0"]
    assert [bool(one["statement"]) for one in rounds] == [True, True, False]
    assert facts["name"] in project_page
