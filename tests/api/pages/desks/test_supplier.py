"""The supplier's desk: whose move it is, a form that outlives its session, and uploads without scripts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from activities.ports.database import UnitOfWork
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.projects.reads.desks.supplier_projects import (
    SupplierFilter,
    supplier_projects_page,
)
from adapters.postgres.queries import PageRequest
from api.http.middleware.body_limit import FILE_BYTES_MAX
from api.pages.desks.sent_files import HashedFile
from domain.projects.documents import DocumentType
from domain.projects.findings import (
    Finding,
    FindingAct,
    FindingKind,
    FindingMessage,
    FindingPlace,
    FindingSide,
)
from domain.projects.projects import ProjectStatus
from domain.projects.supplier.next_steps import Deadlines, WaitsFor, next_step
from domain.projects.verification import MonitoringPeriod, VerificationStatus
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.factories import (
    DEVELOPER,
    NOW,
    OTHER_DEVELOPER,
    VERIFIER,
    announced,
    approved,
    document,
    in_review,
    named,
    pending,
    project,
    rejected,
)

NEW = "/desk/projects/new"
DEADLINES = Deadlines(timedelta(hours=72), timedelta(hours=720), timedelta(hours=72))
REPORT, PLAN = DocumentType.MONITORING_REPORT, DocumentType.MONITORING_PLAN
DESCRIPTION, STATEMENT = DocumentType.PROJECT_DESCRIPTION, DocumentType.VERIFICATION_REPORT
ALL = (DESCRIPTION, PLAN, REPORT)
LATER = {"number": 2, "monitoring_period": MonitoringPeriod(date(2024, 1, 1), date(2024, 12, 31))}

STATES: dict[str, tuple[Any, tuple[DocumentType, ...], WaitsFor, str]] = {
    "nothing is there": (
        pending(),
        (),
        WaitsFor.SUPPLIER,
        "a project description, a methodology or monitoring plan and a monitoring report",
    ),
    "the report is missing": (
        in_review(),
        (DESCRIPTION, DocumentType.METHODOLOGY, STATEMENT),
        WaitsFor.SUPPLIER,
        "Upload a monitoring report.",
    ),
    "nobody is assigned": (pending(), ALL, WaitsFor.STAFF, "assigns a verifier"),
    "it is reviewed": (in_review(), (*ALL, PLAN), WaitsFor.VERIFIER, "with the verifier"),
    "a finding is open": (in_review(), ALL, WaitsFor.SUPPLIER, "Answer the open finding"),
    "a finding is answered": (in_review(), ALL, WaitsFor.VERIFIER, "with the verifier"),
    "a later round wants a report alone": (
        in_review(**LATER),
        (PLAN,),
        WaitsFor.SUPPLIER,
        "Upload a monitoring report.",
    ),
    "a later round has one": (pending(**LATER), (REPORT,), WaitsFor.STAFF, "assigns"),
    "it is rejected": (rejected(), ALL, WaitsFor.SUPPLIER, "resubmit"),
    "it is withdrawn": (
        rejected(status=VerificationStatus.WITHDRAWN),
        ALL,
        WaitsFor.NOBODY,
        "Resubmit",
    ),
    "it is countersigned soon": (
        approved(needs_countersignature=True),
        ALL,
        WaitsFor.STAFF,
        "second person",
    ),
    "it is approved": (approved(), ALL, WaitsFor.NOBODY, "monitoring period"),
}
FINDINGS = {"a finding is open": "open", "a finding is answered": "answered"}
STATUS = {
    "approved": ProjectStatus.VERIFIED,
    "rejected": ProjectStatus.REJECTED,
    "withdrawn": ProjectStatus.WITHDRAWN,
}


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    await give_password(api, DEVELOPER)
    async with browser_of(api) as made:
        assert (await sign_in(made, DEVELOPER)).status_code == 303
        yield made


async def save_states(api: Api) -> dict[str, UUID]:
    """A project in each state, and one of another supplier's that waits, too."""
    ids: dict[str, UUID] = {}
    async with PostgresDatabase(api.engine).transaction() as work:
        # The states are borrowed: no rule is asked how they came about.
        for number, (name, (newest, types, _, _)) in enumerate(STATES.items(), 1):
            ids[name] = named(name)
            status = STATUS.get(newest.status.value, ProjectStatus.PENDING)
            if newest.number > 1:
                status = ProjectStatus.VERIFIED
            await work.projects.projects.add(
                project(id=ids[name], title=name, number=number, status=status,
                        created_at=NOW + timedelta(minutes=number))
            )  # fmt: skip
            of_project = {"id": named(f"round of {name}"), "project_id": ids[name]}
            if newest.number > 1:
                before = {"id": named(f"before {name}"), "project_id": ids[name]}
                await work.projects.verifications.add(approved(**before))
            await work.projects.verifications.add(replace(newest, **of_project))
            if name in FINDINGS:
                await save_findings(work, of_project["id"], answered=FINDINGS[name] == "answered")
            for position, kind in enumerate(types):
                kept = {"id": named(f"{name} {position}"), "verification_id": of_project["id"]}
                await work.projects.documents.add(document(kind, project_id=ids[name], **kept))
        theirs = {"id": named("theirs"), "developer_id": OTHER_DEVELOPER.id}
        await work.projects.projects.add(project(**theirs, title="theirs", number=99))
        round_of_theirs = {"id": named("round of theirs"), "project_id": named("theirs")}
        await work.projects.verifications.add(
            pending(**round_of_theirs, developer_id=OTHER_DEVELOPER.id)
        )
    return ids


async def save_findings(work: UnitOfWork, round_id: UUID, *, answered: bool) -> None:
    """A corrective action, and a forward action beside it, which nobody has to answer yet."""
    for number, kind in enumerate((FindingKind.CORRECTIVE_ACTION, FindingKind.FORWARD_ACTION), 1):
        finding = Finding(
            id=named(f"finding {number} of {round_id}"),
            verification_id=round_id,
            number=number,
            kind=kind,
            text=f"The scale {number} is old.",
            about=FindingPlace(),
            raised_by=VERIFIER.id,
            raised_at=NOW,
        )
        await work.projects.findings.add(finding)
        if answered and kind.blocks_approval:
            reply = FindingMessage(
                id=named(f"reply in {finding.id}"),
                finding_id=finding.id,
                number=1,
                act=FindingAct.REPLY,
                side=FindingSide.SUPPLIER,
                text="Another one was used.",
                written_by=DEVELOPER.id,
                written_at=NOW,
            )
            await work.projects.findings.add_message(reply)


async def test_each_project_says_whose_move_it_is_and_lists_find_those_that_wait_for_me(
    api: Api, browser: httpx.AsyncClient
) -> None:
    """The rule of one project and the condition of the list are two writings of one thing."""
    ids = await save_states(api)
    page = PageRequest(50, newest_first=False)
    async with api.engine.connect() as connection:
        found = await supplier_projects_page(connection, SupplierFilter(), page, account=DEVELOPER)
        mine = await supplier_projects_page(
            connection, SupplierFilter(waits_for_supplier=True), page, account=DEVELOPER
        )
    steps = {
        view.project.title: next_step(
            view.newest, view.document_types, DEADLINES, findings_open=view.findings_open
        )
        for view in found
    }
    wanted = {name: who for name, (_, _, who, _) in STATES.items()}
    assert {name: step.waits_for for name, step in steps.items()} == wanted
    assert [
        name for name, (_, _, _, said) in STATES.items() if said not in steps[name].advice
    ] == []
    assert [view.project.title for view in mine] == [
        name for name, who in wanted.items() if who is WaitsFor.SUPPLIER
    ]
    review = steps["it is reviewed"].deadline
    assert review is not None
    assert review - (found[3].newest.assigned_at or NOW) == DEADLINES.review

    async with api.counting_queries() as sent:
        listed = words_of(await browser.get("/desk/projects"))
    async with api.counting_queries() as sent_for_few:
        waiting = words_of(await browser.get("/desk/projects?waits=me&q=missing"))
    assert all(name in listed for name in STATES)
    assert "theirs" not in listed
    assert "the report is missing" in waiting
    assert "nothing is there" not in waiting
    # One more asks for the words of the filter: what is shown costs none.
    assert len(sent) <= len(sent_for_few)
    # On the desk each stands once: among those that wait for the supplier, or among the others.
    desk = await browser.get("/desk")
    stands = {name: desk.text.count(f'href="/desk/projects/{ids[name]}"') for name in STATES}
    assert stands == dict.fromkeys(STATES, 1)
    theirs = await browser.get(f"/desk/projects/{named('theirs')}")
    assert (theirs.status_code, "theirs" in theirs.text) == (404, False)
    asked = await browser.get(f"/desk/projects/{ids['a finding is open']}")
    assert (
        f"/desk/findings/{named('finding 1 of ' + str(named('round of a finding is open')))}"
        in (asked.text)
    )
    seen = await browser.get(f"/desk/projects/{ids['it is rejected']}")
    assert "Resubmit round 1" in words_of(seen)
    assert "Upload to round" not in words_of(seen)
    assert "connect-src 'self' http://127.0.0.1:1" in seen.headers["content-security-policy"]


PLACE = {"location": "", "country": "", "latitude": "south", "longitude": "200.5"}
FAULTS = {
    "location-fault": "Location is required.",
    "country-fault": "Country is required.",
    "latitude-fault": "Latitude must be a number.",
    "longitude-fault": "Longitude must be between -180 and 180.",
}


async def fill(browser: httpx.AsyncClient, step: str, go: str = "on", **typed: str) -> Any:
    (form,) = forms_on(await browser.get(f"{NEW}?step={step}"), NEW)
    return await browser.post(NEW, data={**form, **typed, "go": go})


async def test_all_that_is_wrong_with_a_step_stands_beside_its_field_and_what_was_typed_stays(
    browser: httpx.AsyncClient,
) -> None:
    page = await fill(browser, "place", **PLACE)

    assert page.status_code == 400
    for fault, sentence in FAULTS.items():
        assert f'<p id="{fault}" class="fault">{sentence}</p>' in page.text
    assert page.text.count("autofocus") == 1
    assert 'aria-invalid="true" autofocus' in page.text.partition('id="location"')[2][:250]
    assert 'value="south"' in page.text
    assert (await browser.get(NEW)).text.count('value="200.5"') == 1


async def test_a_form_is_as_it_was_after_its_session_ran_out(
    api: Api, browser: httpx.AsyncClient
) -> None:
    """Sent by the page of a session that is over: kept for its account, and nothing else is done."""
    (form,) = forms_on(await browser.get(f"{NEW}?step=project"), NEW)
    typed = {**form, "title": "Terraces at Tafi", "description": "Two\r\nlines", "go": "on"}
    async with api.engine.begin() as connection:
        await connection.execute(
            text("UPDATE sessions SET access_expires_at = now() - interval '1 hour'")
        )
    foreign = await browser.post(NEW, data={**typed, "form_token": "f" * 64, "title": "Foreign"})
    sent = await browser.post(NEW, data=typed)
    async with api.engine.begin() as connection:
        await connection.execute(text("UPDATE sessions SET ended_at = now()"))
    ended = await browser.post(NEW, data={**typed, "title": "After signing out"})

    assert {answer.headers["location"] for answer in (foreign, sent, ended)} == {
        f"/sign-in?next={NEW}"
    }
    assert (await sign_in(browser, DEVELOPER, next=NEW)).headers["location"] == NEW
    again = await browser.get(NEW)
    assert 'value="Terraces at Tafi"' in again.text
    assert "Two\nlines</textarea>" in again.text
    assert "Go on with the new project" in words_of(await browser.get("/desk/projects"))


async def test_registering_tells_every_fault_of_every_step(browser: httpx.AsyncClient) -> None:
    await fill(browser, "quantity", "leave", emissions_target="1.234", start_date="1066-10-14")

    page = await fill(browser, "check", "register")

    said = words_of(page)
    assert page.status_code == 400
    for sentence in ("Title is required", "Latitude is required", "Start date must be from 1990"):
        assert sentence in said
    assert "Emissions target" in said


@dataclass(frozen=True)
class Sent:
    fields: dict[str, str]
    file: bytes | None
    status: int
    said: tuple[str, ...]


SENT = {
    "nothing": Sent({}, None, 400, ("Choose a file", "Document type is required")),
    "an empty file": Sent({"document_type": "other"}, b"", 400, ("File size must be at least 1",)),
    "a type that is none": Sent(
        {"document_type": "poem"}, b"ab", 400, ("Document type must be one of",)
    ),
    "storage is away": Sent(
        {"document_type": "other", "description": "Kept"}, b"ab" * 600_000, 503, ("Storage",)
    ),
    "too large": Sent(
        {"document_type": "other"}, b"a" * (FILE_BYTES_MAX + 200_000), 413, ("20 MB",)
    ),
}


async def test_a_file_in_a_form_is_refused_with_all_that_is_wrong(
    api: Api, browser: httpx.AsyncClient
) -> None:
    ids = await save_states(api)
    address = f"/desk/projects/{ids['nothing is there']}"
    (form,) = forms_on(await browser.get(address), f"{address}/documents")
    answers: dict[str, httpx.Response] = {}
    for name, sent in SENT.items():
        files = {"file": ("report.pdf", sent.file or b"", "application/pdf")}
        answers[name] = await browser.post(
            f"{address}/documents",
            data={**form, **sent.fields, "key": name.replace(" ", "-")},
            files=files if sent.file is not None else None,
        )

    told = {name: (answer.status_code, words_of(answer)) for name, answer in answers.items()}
    assert {name: status for name, (status, _) in told.items()} == {
        name: sent.status for name, sent in SENT.items()
    }
    unsaid = [(n, said) for n, sent in SENT.items() for said in sent.said if said not in told[n][1]]
    assert unsaid == []
    assert "Kept</textarea>" in answers["storage is away"].text


async def test_a_script_goes_on_with_what_the_account_has_announced(
    api: Api, browser: httpx.AsyncClient
) -> None:
    """The same bytes and the same type are the same upload; another's, or other bytes, are not."""
    ids = await save_states(api)
    project_id = ids["nothing is there"]
    hashed = HashedFile(1000, "ab" * 32)
    async with PostgresDatabase(api.engine).transaction() as work:
        for who in (DEVELOPER, VERIFIER):
            await work.projects.documents.add(
                announced(REPORT, id=named(f"begun by {who.id}"), project_id=project_id,
                          verification_id=named("round of nothing is there"), uploaded_by=who.id,
                          file_size=hashed.size_bytes, sha256=hashed.sha256)
            )  # fmt: skip
    address = f"/desk/projects/{project_id}"
    (form,) = forms_on(await browser.get(address), f"{address}/documents")
    fields = {
        **{name: value for name, value in form.items() if name == "form_token"},
        "document_type": "monitoring_report",
        "name": "report.pdf",
        "size": str(hashed.size_bytes),
        "sha256": hashed.sha256,
    }
    same = await browser.post(f"{address}/uploads", data={**fields, "key": "one"})
    other_type = await browser.post(
        f"{address}/uploads", data={**fields, "document_type": "land_title", "key": "two"}
    )
    refused = await browser.post(f"{address}/uploads", data={**fields, "size": "x", "key": "3"})
    foreign = await browser.post(f"{address}/uploads", data={**fields, "form_token": "none"})

    assert (same.status_code, same.json()["goesOn"]) == (200, True)
    assert same.json()["documentId"] == str(named(f"begun by {DEVELOPER.id}"))
    assert same.json()["upload"]["url"].startswith("http://127.0.0.1:1/karbonica/uploads/")
    assert (other_type.status_code, other_type.json()["goesOn"]) == (200, False)
    async with api.engine.connect() as connection:
        disclosure = await connection.scalar(
            text("SELECT disclosure FROM documents WHERE id::text = :id"),
            {"id": other_type.json()["documentId"]},
        )
    assert disclosure == "confidential"
    assert (refused.status_code, refused.json()["sentences"]) == (
        400,
        ["File size must be a whole number"],
    )
    assert foreign.status_code == 403


async def test_facts_are_changed_with_all_faults_beside_their_fields_and_kept_until_they_are_sent(
    api: Api, browser: httpx.AsyncClient
) -> None:
    ids = await save_states(api)
    address = f"/desk/projects/{ids['it is reviewed']}/edit"
    (form,) = forms_on(await browser.get(address), address)
    # Descriptions and choices are no inputs: the helper does not read them.
    typed = {**form, "description": "Pines", "country": "URY", "go": "save"}
    faulty = await browser.post(
        address, data={**typed, "type": "biochar", "title": " ", "start_date": "soon"}
    )
    relied_on = await browser.post(address, data={**typed, "type": "biochar"})
    away = await browser.post(address, data={**typed, "type": "reforestation", "title": "Pines"})
    kept = await browser.get(address)
    await browser.post(address, data={"form_token": form["form_token"], "go": "drop"})

    for name, sentence in {
        "title": "Title is required.",
        "start_date": "Start date must be a date such as 2024-06-30.",
    }.items():
        assert f'<p id="{name}-fault" class="fault">{sentence}</p>' in faulty.text
    assert (faulty.status_code, relied_on.status_code) == (400, 409)
    assert '<p id="type-fault" class="fault">The review relies on the type' in relied_on.text
    assert away.status_code == 503
    assert 'value="Pines"' in kept.text
    assert 'value="Pines"' not in (await browser.get(address)).text
    for name in ("it is approved", "it is rejected"):
        gone = await browser.get(f"/desk/projects/{ids[name]}/edit")
        assert gone.status_code == 404


async def test_a_newer_version_is_of_a_document_that_is_ones_own_side_s(
    api: Api, browser: httpx.AsyncClient
) -> None:
    ids = await save_states(api)
    page = await browser.get(f"/desk/projects/{ids['it is reviewed']}")
    mine = named("it is reviewed 2")
    address = f"/desk/documents/{mine}"
    statement = named("the report is missing 2")

    offered = page.text.count("New version<")
    (form,) = forms_on(await browser.get(f"{address}/version"), f"{address}/version")
    # The helper presses every radio button, and the last one stays.
    del form["disclosure"]
    nothing = await browser.post(f"{address}/version", data=form)
    hashed = {"name": "new.pdf", "size": "9", "sha256": "cd" * 32}
    announced_new = await browser.post(f"{address}/versions", data={**form, **hashed})
    of_verifier = await browser.post(
        f"/desk/documents/{statement}/versions",
        data={**form, **hashed, "document_type": "verification_report"},
    )

    assert offered == len(ALL) + 1
    assert (nothing.status_code, "Choose a file" in words_of(nothing)) == (400, True)
    assert announced_new.status_code == 200
    async with api.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT supersedes, version, disclosure FROM documents WHERE name = 'new.pdf'")
        )
        assert [tuple(row) for row in found] == [(mine, 2, "internal")]
    assert (of_verifier.status_code, len(of_verifier.json()["sentences"])) == (403, 1)
