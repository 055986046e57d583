"""The pages of data that came in: the form with its faults, and a file with all that is wrong with it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from adapters.postgres.database import PostgresDatabase
from domain.ingestion.issues import Issue, IssueRule, Severity
from domain.ingestion.submissions import IngestionStatus, SubmittedFile
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.factories import BUYER, DEVELOPER, NOW, OTHER_DEVELOPER, named

SUBMISSION = SubmittedFile(
    id=named("an ingestion"),
    submitted_by=DEVELOPER.id,
    format="issuances",
    format_version=1,
    file_name="issuances <b>2024</b>.csv",
    size_bytes=1200,
    sha256="ab" * 32,
    accept_partly=False,
    status=IngestionStatus.REFUSED,
    created_at=NOW,
    rows_read=100,
    errors=100,
    finished_at=NOW,
)
FORMULA = Issue(
    IssueRule.AMBIGUOUS_NUMBER,
    Severity.ERROR,
    "Write it as 1234.5.",
    line=2,
    column="quantity",
    value="=1,500",
    count=100,
    more_lines=(3, 4),
)


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.ingestion.submissions.add(SUBMISSION)
        theirs = replace(SUBMISSION, id=named("theirs"), submitted_by=OTHER_DEVELOPER.id)
        await work.ingestion.submissions.add(theirs)
        await work.ingestion.submissions.add_chunk(
            SUBMISSION.id, 0, rows=100, records=[], issues=[FORMULA]
        )
    await give_password(api, DEVELOPER)
    async with browser_of(api) as made:
        assert (await sign_in(made, DEVELOPER)).status_code == 303
        yield made


async def test_a_file_is_shown_with_its_faults_to_its_sender_alone(
    browser: httpx.AsyncClient,
) -> None:
    listed = words_of(await browser.get("/ingestions"))
    page = await browser.get(f"/ingestions/{SUBMISSION.id}")
    taken = await browser.get(f"/ingestions/{SUBMISSION.id}/issues.csv")

    assert listed.count(SUBMISSION.file_name) == 1
    assert "<b>2024" not in page.text
    for said in ("Write it as 1234.5.", "and 99 more: 3, 4 …", "=1,500", "quantity"):
        assert said in words_of(page)
    assert "'=1,500" in taken.text
    assert (await browser.get(f"/ingestions/{named('theirs')}")).status_code == 404


FAULTY = [
    ({"format": ""}, b"registry\n", ["Choose what the file is."]),
    ({"format": "issuances"}, b"", ["This file is empty."]),
    ({"format": "shoes"}, None, ["Choose what the file is.", "Choose a file."]),
]


@pytest.mark.parametrize(("typed", "content", "said"), FAULTY)
async def test_a_faulty_form_says_all_beside_its_fields_and_keeps_what_was_typed(
    typed: dict[str, str], content: bytes | None, said: list[str], browser: httpx.AsyncClient
) -> None:
    token = forms_on(await browser.get("/ingestions"), "/ingestions")[0]["form_token"]
    files = {"file": ("a.csv", content)} if content is not None else {"other": ("", b"")}

    page = await browser.post(
        "/ingestions",
        data={"form_token": token, "accept_partly": "on", **typed},
        files=files,
    )

    assert page.status_code == 400
    for sentence in said:
        assert sentence in words_of(page)
    assert 'name="accept_partly" checked' in page.text
    assert page.text.count("autofocus") == 1


async def test_storage_that_is_away_is_said_in_the_form(browser: httpx.AsyncClient) -> None:
    token = forms_on(await browser.get("/ingestions"), "/ingestions")[0]["form_token"]

    page = await browser.post(
        "/ingestions",
        data={"form_token": token, "format": "issuances"},
        files={"file": ("a.csv", b"registry,projectId,quantity\nx,1,2\n")},
    )

    assert page.status_code == 503
    assert "Send it again in a minute." in words_of(page)


async def test_a_form_of_elsewhere_and_a_buyers_are_turned_away(
    browser: httpx.AsyncClient, api: Api
) -> None:
    foreign = await browser.post("/ingestions", data={"format": "issuances"}, files={"file": b"x"})
    assert foreign.status_code == 403
    await give_password(api, BUYER)
    async with browser_of(api) as buyer:
        await sign_in(buyer, BUYER)
        assert "Send a file in" not in words_of(await buyer.get("/ingestions"))
