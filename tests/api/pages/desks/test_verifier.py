"""The verifier's desk: queue, workspace, documents in their place, and what both steps of a sign-off say."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, text, update

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.projects.verification import verification_row
from adapters.postgres.tables import documents as documents_table
from adapters.postgres.tables import verification_requests
from adapters.storage.presigned_urls import PresignedUrls
from domain.projects.approvals import Approval, approve
from domain.projects.changes.review import ReviewedMaterial, review_digest
from domain.projects.documents import Document
from domain.projects.verification import MonitoringPeriod, VintageQuantity
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.authenticator import Authenticator
from tests.databases import changed_tables, snapshot
from tests.factories import (
    DEVELOPER,
    OTHER_VERIFIER,
    VERIFIER,
    approved,
    document,
    documents,
    in_review,
    named,
    project,
)

NOW = datetime.now(UTC)
ROUND = in_review(assigned_at=NOW - timedelta(days=1))
ADDRESS = f"/desk/reviews/{ROUND.id}"
STARTED = project(start_date=date(NOW.year - 1, 2, 1))
LATE = in_review(
    id=named("late"),
    project_id=named("late project"),
    assigned_at=NOW - timedelta(days=400),
    number=2,
    monitoring_period=MonitoringPeriod(date(NOW.year - 1, 7, 1), date(NOW.year, 6, 30)),
)
CSV = "time,pH,water\n" + "".join(
    f"2024-01-{day:02},{'' if day == 4 else 8.1},{day}\n" for day in [*range(1, 9), 30]
)


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.projects.projects.add(STARTED)
        await work.projects.projects.add(
            replace(STARTED, id=LATE.project_id, title="The <late> one")
        )
        await work.projects.verifications.add(ROUND)
        for one in documents():
            await work.projects.documents.add(one)
    async with api.engine.begin() as connection:
        # Nothing is left of how its project's first round came to be approved.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for round in (approved(id=named("before"), project_id=LATE.project_id), LATE):
            await connection.execute(insert(verification_requests).values(verification_row(round)))
    await give_password(api, VERIFIER)
    async with browser_of(api) as made:
        assert (await sign_in(made, VERIFIER)).status_code == 303
        yield made


async def test_the_queue_is_by_deadline_and_says_whose_turn_it_is(
    api: Api, browser: httpx.AsyncClient
) -> None:
    page = await browser.get("/desk/reviews")
    said = words_of(page)

    assert said.index("The <late> one") < said.index(STARTED.title)
    assert (said.count("Was due"), said.count("Overdue")) == (1, 1)
    assert "The supplier: Upload a monitoring report." in said
    assert said.count("You: Declare whether you have a conflict of interest.") == 2
    # The button on the queue is the call; the round then waits for the decision alone.
    (form,) = forms_on(page, ADDRESS)
    declared = await browser.post(ADDRESS, data=form)
    assert declared.headers["location"] == f"{ADDRESS}?done=declare-none"
    assert "You: Approve or reject." in words_of(await browser.get("/desk/reviews"))
    async with browser_of(api) as other:
        await give_password(api, OTHER_VERIFIER)
        await sign_in(other, OTHER_VERIFIER)
        assert "Nothing is in review with you." in words_of(await other.get("/desk/reviews"))
        for below in ("", "/approve", "/reject", f"/documents/{documents()[0].id}"):
            assert (await other.get(ADDRESS + below)).status_code == 404
        await give_password(api, DEVELOPER)
        await sign_in(other, DEVELOPER)
        assert (await other.get("/desk/reviews")).status_code == 403


async def test_the_workspace_shows_what_there_is_and_what_is_missing(
    browser: httpx.AsyncClient,
) -> None:
    said = words_of(await browser.get(ADDRESS))
    late = words_of(await browser.get(f"/desk/reviews/{LATE.id}"))
    only = words_of(await browser.get(f"{ADDRESS}?type=methodology"))

    assert "The verifier's own statement (a verification report) yours 1 Present" in said
    assert re.search(r"A monitoring report the supplier.s 0 Missing", late)
    assert "verification_report.pdf Verification report you Internal" in said
    assert "methodology.pdf Methodology the supplier or staff" in only
    assert "monitoring_report.pdf" not in only


async def test_ten_thousand_documents_cost_the_statements_of_four(
    api: Api, browser: httpx.AsyncClient
) -> None:
    async def statements() -> tuple[int, httpx.Response]:
        async with api.counting_queries() as sent:
            page = await browser.get(ADDRESS)
        # Session and freeze are read anew now and then, whatever is on the page.
        return len([one for one in sent if "documents" in one]), page

    few, _ = await statements()
    async with api.engine.begin() as connection:
        columns = ", ".join(c.name for c in documents_table.c if c.name != "id")
        await connection.execute(
            text(
                f"INSERT INTO documents (id, {columns}) SELECT gen_random_uuid(), {columns}"
                " FROM documents, generate_series(1, 2500)"
            )
        )
    many, page = await statements()

    assert few == many
    assert page.text.count("/documents/") < 40
    assert "Documents 10,004" in words_of(page)
    more = re.search(r'rel="next" href="([^"]+)#documents"', page.text)
    assert more
    assert (await browser.get(more[1].replace("&amp;", "&"))).status_code == 200


async def shown(
    api: Api, browser: httpx.AsyncClient, content: bytes | None, **changes: Any
) -> httpx.Response:
    """The page of a document of the round that has these bytes."""
    one: Document = document(id=named("shown"), file_size=len(content or b"-"), **changes)
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.projects.documents.add(one)
    return await browser.get(f"{ADDRESS}/documents/{one.id}")


PLACES = [
    ({"mime_type": "application/pdf"}, '<iframe class="viewer" src="http://127.0.0.1:1/', True),
    ({"mime_type": "image/png"}, '<img class="picture" src="http://127.0.0.1:1/', True),
    ({"mime_type": "text/html"}, "Files of the type text/html cannot be shown here.", False),
    ({"mime_type": "image/svg+xml"}, "image/svg+xml cannot be shown here.", False),
    ({"mime_type": "text/csv"}, "The storage of documents does not answer", False),
]


@pytest.mark.parametrize(("changes", "said", "framed"), PLACES)
async def test_a_document_is_shown_from_the_storage_alone(
    api: Api, browser: httpx.AsyncClient, changes: Any, said: str, framed: bool
) -> None:
    page = await shown(api, browser, None, **changes)
    policy = page.headers["content-security-policy"]

    assert said in page.text
    assert ("frame-src http://127.0.0.1:1" in policy) is framed
    assert "script-src 'self';" in policy
    assert ("response-content-disposition=inline" in page.text) is framed
    async with api.engine.connect() as connection:
        noted = await connection.execute(
            text("SELECT event_type FROM audit_queue WHERE event_type = 'document.downloaded'")
        )
        assert len(noted.all()) == (framed or changes["mime_type"] == "text/csv")


TABLES = [
    (CSV.encode(), ["all 10 rows", "8 values, 8.1 to 8.1; 2 gaps, 1 without a value"], 2),
    ("a;b\nx;<b>1</b>\n".encode("cp1252"), ["all 2 rows", "<b>1</b>"], 0),
    (b"time,v\n" + b"2024-01-01,1\n" * 200_000, ["the first 50 rows"], 0),
    (b"PK\x03\x04 no workbook", ["broken off, or no archive"], 0),
    (b"%PDF\x00", ["no table that can be shown here"], 0),
]


@pytest.mark.parametrize(("content", "sentences", "series"), TABLES)
async def test_a_table_is_shown_with_its_series_and_their_gaps(
    api: Api,
    browser: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    sentences: list[str],
    series: int,
) -> None:
    async def first_bytes(*_: Any, most: int) -> bytes:
        return content[:most]

    monkeypatch.setattr(PresignedUrls, "first_bytes", first_bytes)

    page = await shown(api, browser, content, mime_type="text/csv", name="series.csv")

    for sentence in sentences:
        assert sentence in words_of(page)
    assert page.text.count("<polyline") >= series
    assert page.text.count("<figure") == series
    assert "<b>1</b>" not in page.text
    assert len(page.content) < 60_000


FAULTY = [
    (
        "approve",
        {"notes": " "},
        {"notes": "Notes must not be empty", "quantity": "reduces nothing"},
    ),
    (
        "approve",
        {"notes": "In order.", "quantity": "1,5"},
        {"quantity": "must be tonnes with at most two decimals"},
    ),
    ("approve", {"notes": "In order."}, {"quantity": "Say how much was verified"}),
    ("reject", {"reason": ""}, {"reason": "Reason must not be empty"}),
]


@pytest.mark.parametrize(("act", "typed", "faults"), FAULTY)
async def test_a_faulty_decision_says_all_beside_its_fields_and_keeps_what_was_typed(
    browser: httpx.AsyncClient, act: str, typed: dict[str, str], faults: dict[str, str]
) -> None:
    (form,) = forms_on(await browser.get(f"{ADDRESS}/{act}"), f"{ADDRESS}/{act}")
    year = f"quantity-{NOW.year}"
    sent = {year if name == "quantity" else name: value for name, value in typed.items()}

    page = await browser.post(f"{ADDRESS}/{act}", data=form | sent)

    assert page.status_code == 400
    found = re.findall(r'<p id="([\w-]+)-fault" class="fault">([^<]+)</p>', page.text)
    beside = {name.partition("-")[0]: sentence for name, sentence in found}
    expected = {n: f for n, f in faults.items() if n in typed or len(faults) == 1}
    assert {name: faults[name] in beside.get(name, "") for name in expected} == dict.fromkeys(
        expected, True
    )
    assert page.text.count("autofocus") == 1
    assert [value for value in typed.values() if value.strip() not in page.text] == []


async def test_what_is_signed_stands_there_with_its_digest(
    api: Api, browser: httpx.AsyncClient
) -> None:
    (form,) = forms_on(await browser.get(f"{ADDRESS}/approve"), f"{ADDRESS}/approve")
    before = await snapshot(api.engine)

    page = await browser.post(
        f"{ADDRESS}/approve",
        data=form | {"notes": "In <order>.", f"quantity-{NOW.year}": "12.5"},
    )

    expected = approve(
        ROUND,
        Approval("-", vintages=(VintageQuantity(NOW.year, 1250),)),
        project=STARTED,
        documents=documents(),
        actor=VERIFIER,
        needs_countersignature=False,
        at=NOW,
    )
    (sign,) = forms_on(page, f"{ADDRESS}/approve/sign")
    assert sign["digest"] == review_digest(ReviewedMaterial(ROUND, STARTED, documents(), ()))
    for digest in (sign["digest"], expected.sign_off_digest):
        assert f" {digest} " in words_of(page)
    for said in ("12.50", "In <order>.", "4, by type and SHA-256", "Sign and approve"):
        assert said in words_of(page)
    # Nothing but what was typed is kept, for when the session ends before it is signed.
    assert changed_tables(before, await snapshot(api.engine)) == {"unfinished_forms"}
    # The way back keeps what was typed, and while workflows are away the same key asks again.
    again = await browser.post(f"{ADDRESS}/approve/change", data=sign)
    assert "In &lt;order&gt;." in again.text
    away = await browser.post(f"{ADDRESS}/approve/sign", data=sign)
    assert away.status_code == 503
    assert forms_on(away, f"{ADDRESS}/approve/sign")[0]["key"] == form["key"]


async def test_the_second_factor_signs_this_decision_and_no_other(
    api: Api, browser: httpx.AsyncClient
) -> None:
    authenticator, bearer = Authenticator(), await api.signed_in(VERIFIER)
    asked = await api.client.post(
        "/api/v1/me/passkeys/challenge", headers=bearer | {"Idempotency-Key": "ask"}
    )
    data = asked.json()["data"]
    credential = authenticator.create(data["publicKey"])
    body = {"challengeId": data["challengeId"], "name": "Blue key", "credential": credential}
    added = await api.client.post(
        "/api/v1/me/passkeys", json=body, headers=bearer | {"Idempotency-Key": "add"}
    )
    assert added.status_code == 201
    (form,) = forms_on(await browser.get(f"{ADDRESS}/reject"), f"{ADDRESS}/reject")
    page = await browser.post(f"{ADDRESS}/reject", data=form | {"reason": "No kilns."})
    (sign,) = forms_on(page, f"{ADDRESS}/reject/sign")
    options = json.loads(unescape(re.findall(r'data-options="([^"]+)"', page.text)[0]))
    signed = sign | {"credential": json.dumps(authenticator.get(options))}

    without = await browser.post(f"{ADDRESS}/reject/sign", data=sign)
    other = await browser.post(f"{ADDRESS}/reject/sign", data=signed | {"reason": "No maps."})
    used_up = await browser.post(f"{ADDRESS}/reject/sign", data=signed)

    assert "Sign and reject" not in page.text
    assert (without.status_code, other.status_code, used_up.status_code) == (400, 400, 400)
    assert "confirm it with your second factor" in words_of(without)
    assert "What was signed is another decision." in words_of(other)
    (again,) = forms_on(used_up, f"{ADDRESS}/reject/sign")
    options = json.loads(unescape(re.findall(r'data-options="([^"]+)"', used_up.text)[0]))
    let_through = await browser.post(
        f"{ADDRESS}/reject/sign",
        data=again | {"credential": json.dumps(authenticator.get(options))},
    )
    # The signature was right: only the workflows are away.
    assert let_through.status_code == 503
    assert "Nothing was decided: sign again" in words_of(let_through)


async def test_the_second_of_two_tabs_is_told_who_decided_and_when(
    api: Api, browser: httpx.AsyncClient
) -> None:
    (form,) = forms_on(await browser.get(f"{ADDRESS}/reject"), f"{ADDRESS}/reject")
    async with api.engine.begin() as connection:
        await connection.execute(
            update(verification_requests)
            .where(verification_requests.c.id == ROUND.id)
            .values(
                status="rejected",
                decided_by=VERIFIER.id,
                completed_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
                notes="The kilns do not exist.",
            )
        )

    page = await browser.post(f"{ADDRESS}/reject", data=form | {"reason": "No kilns."})

    assert "You have rejected round 1" in words_of(page)
    assert "2 March 2026, 09:30 UTC" in words_of(page)
    assert "The kilns do not exist." in words_of(page)


async def test_a_monitoring_period_is_approved_by_its_years_alone(
    browser: httpx.AsyncClient,
) -> None:
    page = await browser.get(f"/desk/reviews/{LATE.id}/approve")

    fields = re.findall(r'name="quantity-(\d+)"', page.text)
    assert fields == [str(NOW.year - 1), str(NOW.year)]
    assert f"The period is {LATE.monitoring_period}." in words_of(page)


STATEMENT = {
    "scope": "All kilns.",
    "criteria": "ISO 14064-2",
    "assurance": "reasonable",
    "materiality": "5",
    "uncertainty": "2.5",
    "independence": "None of us has an interest.",
    "opinion": "positive",
    f"quantity-{NOW.year}": "90",
    f"deducted-{NOW.year}": "10",
    f"reason-{NOW.year}": "Leakage.",
}
STATEMENT_FAULTS = [
    (
        {"scope": " ", "materiality": "much"},
        {"scope": "Scope must", "materiality": "Materiality must"},
    ),
    ({"opinion": "qualified"}, {"opinion_basis": "Say what the opinion “qualified” is based on."}),
    ({f"reason-{NOW.year}": ""}, {f"reason-{NOW.year}": "has a deduction"}),
    ({f"quantity-{NOW.year}": "x"}, {f"quantity-{NOW.year}": "must be tonnes"}),
    (
        {f"quantity-{NOW.year}": "", f"deducted-{NOW.year}": "", f"reason-{NOW.year}": ""},
        {"quantities": "at least one year"},
    ),
]


@pytest.mark.parametrize(("typed", "faults"), STATEMENT_FAULTS)
async def test_a_faulty_statement_says_so_beside_its_fields(
    browser: httpx.AsyncClient, typed: dict[str, str], faults: dict[str, str]
) -> None:
    (form,) = forms_on(await browser.get(f"{ADDRESS}/statement"), f"{ADDRESS}/statement")

    page = await browser.post(f"{ADDRESS}/statement", data=form | STATEMENT | typed)

    beside = dict(re.findall(r'<p id="([\w-]+)-fault" class="fault">([^<]+)</p>', page.text))
    assert page.status_code == 400
    assert set(beside) == set(faults)
    assert [name for name in faults if faults[name] not in beside[name]] == []
    assert "ISO 14064-2</textarea>" in page.text


async def test_an_approval_begins_with_what_the_statement_says(browser: httpx.AsyncClient) -> None:
    (form,) = forms_on(await browser.get(f"{ADDRESS}/statement"), f"{ADDRESS}/statement")

    written = await browser.post(f"{ADDRESS}/statement", data=form | STATEMENT)
    again = await browser.get(written.headers["location"])
    approval = await browser.get(f"{ADDRESS}/approve")
    (form,) = forms_on(approval, f"{ADDRESS}/approve")
    more = await browser.post(
        f"{ADDRESS}/approve", data=form | {"notes": "In order.", f"quantity-{NOW.year}": "91"}
    )

    assert "The statement is written" in words_of(again)
    assert "Version 1, written" in words_of(again)
    assert 'value="10.00"' in again.text
    assert "What staff look at before they countersign" in words_of(again)
    assert form[f"quantity-{NOW.year}"] == "90.00"
    assert more.status_code == 409
    assert "approve what it states, or write it anew" in words_of(more)
