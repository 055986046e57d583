"""
Whatever is not public is marked, and the mark is looked for wherever it has no business (ADR 0075).

In every public answer, page and export, in log lines, in mails, in workflow histories with their search
attributes, and in what is written on the chain.
"""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from adapters.settings.temporal import TemporalSettings
from adapters.temporal.client import connect_temporal
from devstack.seed import PASSWORD
from devstack.stack import Stack
from domain.publishing.open_data import Dataset
from tests.conftest import FinishedStory, People
from tests.journeys.project_life import announcement, approve, assign, register, upload
from tests.journeys.test_public_answers import told

MARK = f"marked{uuid4().hex}"
"""In each field below with the field's name after it, so that a leak names itself."""


def marked(field: str) -> str:
    return f"{MARK}-{field}"


@pytest.fixture(scope="module")
async def marked_project(http: httpx.AsyncClient, people: People) -> AsyncIterator[dict[str, str]]:
    """A project's life to its issuance, with a mark in all that is written and is not public."""
    # Answered 401: what somebody types to sign in stays between them and nobody.
    await http.post(
        "/api/v1/auth/login",
        json={
            "email": f"{marked('typed-email')}@people.example",
            "password": marked("typed-password"),
        },
    )
    signed_in = await http.post(
        "/api/v1/auth/login",
        json={"email": people.supplier.user["email"], "password": PASSWORD},
        headers={"User-Agent": marked("browser")},
    )
    session = {"Authorization": f"Bearer {signed_in.json()['data']['accessToken']}"}
    assert signed_in.is_success
    former = people.supplier.user["name"]
    renamed = await http.patch("/api/v1/me", json={"name": marked("name")}, headers=session)
    assert renamed.is_success
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    key = await http.post(
        "/api/v1/me/api-keys",
        json={"name": marked("key"), "scopes": ["read"], "expiresAt": tomorrow.isoformat()},
        headers=session,
    )
    assert key.is_success
    project = await register(people, title="A marked forest")
    await assign(people, project)
    path = f"/projects/{project['id']}/documents"
    for disclosure in ("internal", "confidential", "restricted"):
        content = marked(f"bytes-{disclosure}").encode()
        sent = announcement(
            content,
            name=marked(f"document-{disclosure}"),
            description=marked(f"description-{disclosure}"),
            disclosure=disclosure,
        )
        await people.supplier.upload(path, sent, content)
    content = f"open {project['id']}".encode()
    sent = announcement(content, description=marked("description-public"))
    await people.supplier.upload(path, sent, content)
    await upload(people, project)
    events = f"/verifications/{project['verificationId']}/events"
    for person, name in ((people.verifier, "verifier-note"), (people.admin, "staff-note")):
        await person.post(events, {"eventType": "note", "message": marked(name)})
    await approve(people, project, notes=marked("notes"), duplicateNote=marked("duplicate"))
    credits = await people.supplier.wait_for(
        f"/credits?projectId={project['id']}", lambda found: len(found) == 1, seconds=30
    )
    yield {
        "project_id": project["id"],
        "verification_id": project["verificationId"],
        "serial": credits[0]["serial"],
    }
    await http.patch("/api/v1/me", json={"name": former}, headers=session)


async def public_answers(
    http: httpx.AsyncClient, story: FinishedStory, project: Mapping[str, str]
) -> dict[str, str]:
    """Those about the finished story, and those about the marked project."""
    of_story = await told(http, story)
    registry = "/api/v1/registry"
    addresses = [
        f"{registry}/projects/{project['project_id']}",
        f"{registry}/projects/{project['project_id']}/obligations",
        f"{registry}/credits/{project['serial']}",
        f"{registry}/credits/{project['serial']}/lineage",
        f"{registry}/audit?limit=100",
        *(f"{registry}/export/{dataset}.{ending}" for dataset in Dataset for ending in ("csv", "jsonl")),
        f"/projects/{project['project_id']}",
        f"/credits/{project['serial']}",
        "/about/disclosure",
        "/search?q=marked",
    ]  # fmt: skip
    # One after the other: two exports at once are the most that the registry makes.
    answers = [await http.get(address) for address in addresses]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return {**of_story, **{a: got.text for a, got in zip(addresses, answers, strict=True)}}


async def behind_the_scenes(
    stack: Stack, people: People, project: Mapping[str, str]
) -> dict[str, str]:
    """Logs, mails, the workflows that had to do with it, and what is written on the chain."""
    client = await connect_temporal(TemporalSettings(temporal_address=stack.temporal_address))
    found = {
        f"log {path.name}": path.read_text(errors="replace")
        for path in Path(stack.data_dir, "logs").glob("*.log")
        # The database's own log has statements only where they failed; the rest is ours or sees ours.
        if path.name in ("api.log", "worker.log", "mail.log")
    }
    async with httpx.AsyncClient(base_url=stack.mail_url) as mail:
        found["mails"] = (await mail.get("/messages")).text
    handle = client.get_workflow_handle(f"verification/{project['verification_id']}")
    history = json.loads((await handle.fetch_history()).to_json())
    found["history"] = " ".join(readable(history))
    async for one in client.list_workflows():
        found[f"attributes {one.id}"] = f"{one.id} {one.search_attributes} {await one.memo()}"
    found["chain records"] = json.dumps(await people.admin.get("/chain/records?limit=100"))
    return found


def readable(part: object) -> list[str]:
    """Every string of a history, and what payloads hold, which are in base64."""
    if isinstance(part, dict):
        if isinstance(data := part.get("data"), str):
            return [base64.b64decode(data).decode(errors="replace")]
        return [text for inner in part.values() for text in readable(inner)]
    if isinstance(part, list):
        return [text for inner in part for text in readable(inner)]
    return [str(part)]


async def test_what_is_not_public_is_nowhere_but_where_it_belongs(
    finished_story: FinishedStory,
    http: httpx.AsyncClient,
    people: People,
    stack: Stack,
    marked_project: dict[str, str],
) -> None:
    places = {
        **await public_answers(http, finished_story, marked_project),
        **await behind_the_scenes(stack, people, marked_project),
    }

    leaks = {place: text[text.index(MARK) :][:80] for place, text in places.items() if MARK in text}
    assert leaks == {}
    assert {"log api.log", "log worker.log", "mails", "history"} <= set(places)
    assert marked_project["project_id"] in places["history"]


async def test_the_marks_are_there_for_those_who_work_on_the_project(
    people: People, marked_project: dict[str, str]
) -> None:
    """Otherwise the search above would find nothing for want of marks."""
    project_id, verification_id = marked_project["project_id"], marked_project["verification_id"]
    events = await people.supplier.get(f"/verifications/{verification_id}/events?limit=100")
    documents = await people.supplier.get(f"/projects/{project_id}/documents?limit=100")
    verification = await people.verifier.get(f"/verifications/{verification_id}")
    me = await people.supplier.get("/me")

    seen = json.dumps([events, documents, verification, me])
    for field in (
        "verifier-note",
        "staff-note",
        "document-internal",
        "description-public",
        "notes",
        "name",
    ):
        assert marked(field) in seen
