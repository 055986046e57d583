"""The pages of findings, as the verifier, the supplier, staff and strangers see them."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from adapters.postgres.database import PostgresDatabase
from domain.accounts.roles import Account
from domain.projects.findings import (
    Finding,
    FindingAct,
    FindingKind,
    FindingMessage,
    FindingPlace,
    FindingSide,
)
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    NOW,
    OTHER_DEVELOPER,
    OTHER_VERIFIER,
    VERIFIER,
    documents,
    in_review,
    named,
    project,
)

ROUND = in_review()
LIST = f"/desk/verifications/{ROUND.id}/findings"
RAISE = f"/desk/reviews/{ROUND.id}/findings"
DOCUMENT = f"/desk/reviews/{ROUND.id}/documents/{documents()[0].id}"


def finding(number: int, **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "id": named(f"finding {number}"),
        "verification_id": ROUND.id,
        "number": number,
        "kind": FindingKind.CORRECTIVE_ACTION,
        "text": f"Kiln {number} is <not> there.",
        "about": FindingPlace(documents()[0].id, page=3),
        "raised_by": VERIFIER.id,
        "raised_at": NOW + timedelta(minutes=number),
    }
    return Finding(**values | changes)


ONE = f"/desk/findings/{finding(1).id}"


def closing(of: Finding) -> FindingMessage:
    return FindingMessage(
        named("closing"),
        of.id,
        1,
        FindingAct.CLOSE,
        FindingSide.VERIFIER,
        "Seen.",
        VERIFIER.id,
        NOW,
    )


async def raised(api: Api, *findings: Finding) -> None:
    async with PostgresDatabase(api.engine).transaction() as work:
        for one in findings:
            await work.projects.findings.add(one)
            for message in one.thread:
                await work.projects.findings.add_message(message)


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.projects.projects.add(project())
        await work.projects.verifications.add(ROUND)
        for one in documents():
            await work.projects.documents.add(one)
    await raised(api, finding(1), finding(2, about=FindingPlace(field="emissionsTarget")))
    async with browser_of(api) as made:
        await enter(api, made, VERIFIER)
        yield made


async def enter(api: Api, browser: httpx.AsyncClient, account: Account) -> None:
    await give_password(api, account)
    assert (await sign_in(browser, account)).status_code == 303


SEEN = [
    (VERIFIER, 200, {"reply", "close"}),
    (DEVELOPER, 200, {"reply"}),
    (ADMINISTRATOR, 200, set()),
    (OTHER_VERIFIER, 404, set()),
    (OTHER_DEVELOPER, 404, set()),
    (BUYER, 404, set()),
]


@pytest.mark.parametrize(
    ("account", "status", "acts"),
    SEEN,
    ids=["verifier", "supplier", "staff", "another verifier", "another supplier", "buyer"],
)
async def test_each_side_has_its_forms_and_strangers_see_nothing(
    api: Api, browser: httpx.AsyncClient, account: Account, status: int, acts: set[str]
) -> None:
    await enter(api, browser, account)

    listed, page = await browser.get(LIST), await browser.get(ONE)

    assert (listed.status_code, page.status_code) == (status, status)
    found = set(re.findall(rf'action="{ONE}/(\w+)"', page.text))
    assert found == acts
    assert (len(forms_on(listed, RAISE)) == 1) is (account == VERIFIER)
    seen = status == 200
    assert ("2 open, 0 answered, 0 closed. 2 hold up an approval." in words_of(listed)) is seen
    assert ("project_description.pdf , page 3" in words_of(page)) is seen
    assert ("Emissions target" in words_of(listed)) is seen
    for act in ("reply", "close", "reopen"):
        form = {"form_token": forms_on(page, "/sign-out")[0]["form_token"], "text": "x"}
        answer = await browser.post(f"{ONE}/{act}", data=form)
        # Where the rules would let it through, workflows are away.
        refused = 404 if status == 404 else 403 if account == ADMINISTRATOR else 503
        if account == DEVELOPER and act != "reply":
            refused = 403
        assert answer.status_code == refused, act


async def test_a_closed_finding_is_reopened_by_its_verifier_alone(
    api: Api, browser: httpx.AsyncClient
) -> None:
    await raised(api, finding(3, thread=(closing(finding(3)),)))
    address = f"/desk/findings/{finding(3).id}"

    assert re.findall(
        r'action="/desk/findings/[^"]+/(\w+)"', (await browser.get(address)).text
    ) == ["reopen"]
    workspace = words_of(await browser.get(f"/desk/reviews/{ROUND.id}"))
    assert "2 open, 0 answered, 1 closed." in workspace
    assert "Kiln 3" not in workspace
    await enter(api, browser, DEVELOPER)
    assert "Seen." in words_of(await browser.get(address))
    assert f'action="{address}' not in (await browser.get(address)).text


FAULTY = [
    (LIST, {"text": " "}, "text", "Text must not be empty"),
    (LIST, {"text": "x", "kind": "shoe"}, "kind", "Kind must be one of"),
    (LIST, {"text": "x", "field": "soul"}, "field", "Choose what of the project it is about."),
    (DOCUMENT, {"text": "Look.", "page": "zero"}, "page", "Page must be a whole number"),
    (DOCUMENT, {"text": "Look.", "row": "0"}, "row", "Row must be at least 1"),
]


@pytest.mark.parametrize(("place", "typed", "field", "sentence"), FAULTY)
async def test_a_faulty_finding_says_so_beside_its_field_and_keeps_what_was_typed(
    browser: httpx.AsyncClient, place: str, typed: dict[str, str], field: str, sentence: str
) -> None:
    sent_to = f"{DOCUMENT}/findings" if place == DOCUMENT else RAISE
    (form,) = forms_on(await browser.get(place), sent_to)

    page = await browser.post(sent_to, data=form | {"kind": "clarification"} | typed)

    assert page.status_code == 400
    beside = re.search(rf'id="finding-{field}-fault" class="fault">([^<]+)', page.text)
    assert beside is not None
    assert beside[1].startswith(sentence)
    assert page.text.count("autofocus") == 1
    assert ("clarification" in typed.values() or "shoe" in typed.values()) or (
        '<option value="clarification" selected>' in page.text
    )
    # The page is the one that it was typed on.
    assert ('class="viewer"' in page.text) is (place == DOCUMENT)


async def test_while_workflows_are_away_words_and_key_are_kept(browser: httpx.AsyncClient) -> None:
    form = next(one for one in forms_on(await browser.get(ONE), f"{ONE}/reply"))

    page = await browser.post(f"{ONE}/reply", data=form | {"text": "See annex <b>."})

    assert page.status_code == 503
    assert "See annex &lt;b&gt;.</textarea>" in page.text
    assert forms_on(page, f"{ONE}/reply")[0]["key"] == form["key"]


STATEMENT, APPROVAL, REJECTION = (
    f"/desk/reviews/{ROUND.id}/{form}" for form in ("statement", "approve", "reject")
)
WRITTEN = [
    # The page, where its form is sent, what is typed, and where it is looked at again.
    (LIST, RAISE, {"text": "No <kiln>."}),
    (DOCUMENT, f"{DOCUMENT}/findings", {"text": "No <kiln>.", "page": "3"}),
    (ONE, f"{ONE}/close", {"text": "Seen <there>."}),
    (ONE, f"{ONE}/reply", {"text": "See <there>."}),
    (STATEMENT, STATEMENT, {"scope": "All <kilns>.", "quantity-2024": "12.x"}),
    (APPROVAL, APPROVAL, {"notes": "All <well>.", "quantity-2024": "12.x"}),
    (REJECTION, REJECTION, {"reason": "No <kilns>.", "public_reason": "None."}),
]


@pytest.mark.parametrize(("page", "sent_to", "typed"), WRITTEN)
async def test_what_a_verifier_writes_is_as_it_was_after_the_session_ran_out(
    api: Api, browser: httpx.AsyncClient, page: str, sent_to: str, typed: dict[str, str]
) -> None:
    (form,) = forms_on(await browser.get(page), sent_to)
    kept = await browser.post(sent_to, data=form | typed | {"go": "keep"})
    changed = form | typed | {"text" if "text" in typed else next(iter(typed)): "Now <this>."}
    async with api.engine.begin() as connection:
        await connection.execute(
            text("UPDATE sessions SET access_expires_at = now() - interval '1 hour'")
        )
    sent = await browser.post(sent_to, data=changed)
    await enter(api, browser, VERIFIER)
    # The way back from the sign-in leads to the page, wherever its form was sent.
    back = await browser.get(sent.headers["location"].partition("next=")[2].replace("%2F", "/"))
    again = await browser.get(back.headers.get("location", page))
    (written,) = forms_on(again, sent_to)
    given_up = await browser.post(sent_to, data=written | {"go": "give-up"})
    empty = await browser.get(page)

    assert (kept.status_code, sent.status_code) == (204, 303)
    assert sent.headers["location"].startswith("/sign-in?next=/desk/")
    assert "Now &lt;this&gt;.</textarea>" in again.text
    assert "nothing of it was sent" in words_of(again)
    # A statement is written as often as it is sent; all others act once, whichever session sends them.
    assert written["key"] == form["key"] or page == STATEMENT
    for name in ("page", "quantity-2024"):
        assert written.get(name) == typed.get(name)
    assert given_up.status_code == 303
    assert "&lt;" not in empty.text.partition('action="' + sent_to)[2].partition("</form>")[0]


async def test_five_hundred_findings_are_paged_at_the_statements_of_two(
    api: Api, browser: httpx.AsyncClient
) -> None:
    async def statements(address: str) -> int:
        async with api.counting_queries() as sent:
            assert (await browser.get(address)).status_code == 200
        # Session and freeze are read anew now and then, whatever is on the page.
        return len([one for one in sent if re.search("verification_requests|findings", one)])

    places = (LIST, f"/desk/reviews/{ROUND.id}", "/desk/reviews", DOCUMENT)
    few = [await statements(one) for one in places]
    await raised(api, *(finding(number) for number in range(3, 501)))

    assert [await statements(one) for one in places] == few
    page = await browser.get(LIST)
    assert page.text.count("/desk/findings/") == 30
    more = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert more
    assert "Kiln 31 is <not> there." in words_of(await browser.get(more[1]))
    assert "500 open" in words_of(page)
    assert "Answer 500 findings." in words_of(await browser.get("/desk/reviews"))


async def test_what_changed_is_marked_as_seen_up_to_what_was_shown(
    browser: httpx.AsyncClient,
) -> None:
    page = await browser.get(f"/desk/reviews/{ROUND.id}")

    assert "Nothing, since the round began." in words_of(page)
    forms = forms_on(page, f"/desk/reviews/{ROUND.id}")
    assert {form["do"] for form in forms} == {"declare-none", "declare-present", "note"}
