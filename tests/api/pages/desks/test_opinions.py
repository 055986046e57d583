"""Validation, technical review and risk on the desks: who finds what, and what each form does."""

from typing import Any

import httpx
from sqlalchemy import text

from adapters.postgres.database import PostgresDatabase
from api.rest.projects.examples.opinions import RISK_ASSESSMENT_SENT, VALIDATION_SENT
from domain.accounts.roles import Account
from tests.activities import story
from tests.activities.registry import Registry
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.api.rest.test_assurance import OF_ONE_BODY, STATEMENT, ask
from tests.factories import ADMINISTRATOR, DEVELOPER, OTHER_VERIFIER, VERIFIER

REVIEW = f"/desk/reviews/{story.VERIFICATION_ID}"
RISK = f"/projects/{story.PROJECT_ID}/risk"
STAFF = f"/staff/verifications/{story.VERIFICATION_ID}"
NAMES = {"monitoringPlan": "monitoring_plan", "opinionBasis": "opinion_basis"}
OPINION = {NAMES.get(name, name): value or "" for name, value in VALIDATION_SENT.items()}
POINTS = {
    f"{field}-{one['factor']}": str(one[field])
    for one in RISK_ASSESSMENT_SENT["factors"]
    for field in ("score", "reason")
}


async def as_somebody(api: Api, browser: httpx.AsyncClient, who: Account) -> None:
    browser.cookies.clear()
    await give_password(api, who)
    assert (await sign_in(browser, who)).status_code == 303


async def send(browser: httpx.AsyncClient, address: str, **typed: Any) -> httpx.Response:
    """The first form of the page with this address, with what is typed into it."""
    page = await browser.get(address)
    form = next(
        one for one in forms_on(page, address) if one.get("do") == typed.get("do", one.get("do"))
    )
    return await browser.post(address, data=form | typed)  # fmt: skip


async def test_each_finds_what_waits_for_them_and_says_it_by_a_form(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    await story.by_the_owner(registry, OF_ONE_BODY)
    await ask(api, "PUT", f"/verifications/{story.VERIFICATION_ID}/statement", VERIFIER, STATEMENT)
    async with browser_of(api) as browser:
        await as_somebody(api, browser, VERIFIER)
        workspace = words_of(await browser.get(REVIEW))
        assert "Technical review Nobody was asked yet" in workspace
        assert "Validation of the design yours to write" in workspace

        reviewing = f"{REVIEW}/technical-review"
        await send(browser, reviewing, do="ask", reviewer=str(OTHER_VERIFIER.id))
        assert "Waits for the reviewer" in words_of(await browser.get(REVIEW))
        refused = await send(browser, RISK, **POINTS | {"score-fire": "99", "reason-fire": ""})
        assert refused.status_code == 400
        assert 'id="reason-fire-fault"' in refused.text
        refused = await send(browser, RISK, **POINTS | {"score-fire": "99"})
        assert (refused.status_code, 'id="score-fire-fault"' in refused.text) == (400, True)
        entered = await send(browser, RISK, **POINTS)
        assert entered.headers["location"] == f"{RISK}?done=assess"

        await as_somebody(api, browser, OTHER_VERIFIER)
        queue = words_of(await browser.get("/desk/reviews"))
        assert "You: Confirm the verification statement, or return it." in queue
        assert (await browser.get(REVIEW)).status_code == 404
        page = await browser.get(reviewing)
        assert page.text.count(f"{REVIEW}/evidence/") == 4
        empty = await send(browser, reviewing, outcome="returned", independence="None.")
        assert (empty.status_code, 'id="words-fault"' in empty.text) == (400, True)
        typed = {"outcome": "confirmed", "independence": "I had no part in it."}
        assert (await send(browser, reviewing, **typed)).status_code == 303
        assert "Nothing to review just now." in words_of(await browser.get("/desk/reviews"))

        await as_somebody(api, browser, ADMINISTRATOR)
        round_page = words_of(await browser.get(STAFF))
        assert "assessment 1 waits for a countersignature" in round_page
        assert "Technical review Confirmed" in round_page
        assert "Seen on site" in (await browser.get(RISK)).text
        named = await send(browser, STAFF, do="validator", validator=str(OTHER_VERIFIER.id))
        assert named.headers["location"] == f"{STAFF}?done=validator"
        assert (await send(browser, RISK, do="countersign")).status_code == 303
        assert "20.00 % into the buffer" in words_of(await browser.get(STAFF))

        await as_somebody(api, browser, OTHER_VERIFIER)
        validating = f"{REVIEW}/validation"
        wrong = await send(browser, validating, **OPINION | {"opinion": "adverse"})
        assert (wrong.status_code, 'id="opinion_basis-fault"' in wrong.text) == (400, True)
        assert (await send(browser, validating, **OPINION)).status_code == 303
        assert "Positive" in words_of(await browser.get(validating))

        await as_somebody(api, browser, DEVELOPER)
        assert (await browser.get(reviewing)).status_code == 403
        assert "Enter the assessment" not in (await browser.get(RISK)).text

    async with api.engine.connect() as connection:
        counted = await connection.scalar(text("SELECT count(*) FROM validation_opinions"))
    assert counted == 1
    project = words_of(await api.client.get(f"/projects/{story.PROJECT_ID}"))
    assert "internal 7, external 3, natural 6: 16 points." in project
