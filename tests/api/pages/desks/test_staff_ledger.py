"""
Staff cancel, release, record losses, set buffer shares and publish on pages (ADR 0102).

Temporal is away: what is pressed is asked for, and what it would do is shown before. That it happens is shown
in tests/browser/test_whole_story.py.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, select

from adapters.postgres import tables
from adapters.settings import Settings
from domain.accounts.proposals import ProposalKind, terms_sha256
from tests.api.caller import Api, settings_for
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.api.pages.desks.test_staff_board import crowd
from tests.api.registry_rows import IssuedProject, RegistryRows
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, BUYER

LIMIT_TONNES = 100
NOW = datetime.now(UTC)
LOSS = {"quantity": "50", "vintage": "2024", "avoidable": "no", "cause": "A <storm>."}
SHARE = {"reversal_risk": "medium", "percent": "15", "reason": "Rated by its slope."}


@pytest.fixture
def settings(database_url: str) -> Settings:
    return settings_for(
        database_url,
        cancellation_countersigned_above_tonnes=LIMIT_TONNES,
        reversal_countersigned_above_tonnes=LIMIT_TONNES,
    )


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(api) as made:
        await give_password(api, ADMINISTRATOR)
        assert (await sign_in(made, ADMINISTRATOR)).status_code == 303
        yield made


@pytest.fixture
async def project(api: Api) -> IssuedProject:
    return await RegistryRows(api.engine).project()


async def test_what_cannot_be_taken_back_is_first_shown_as_it_would_be(
    api: Api, browser: httpx.AsyncClient, project: IssuedProject
) -> None:
    entry, of_project = f"/staff/credits/{project.serial(1)}", f"/staff/projects/{project.id}"
    (cancel,) = forms_on(await browser.get(entry), entry)
    (loss,) = forms_on(await browser.get(of_project), of_project)
    before = await snapshot(api.engine)

    small = await browser.post(entry, data=cancel | {"quantity": "12.5", "reason": "Twice <sold>."})
    large = await browser.post(entry, data=cancel | {"quantity": "100.01", "reason": "Lost"})
    lost = await browser.post(of_project, data=loss | LOSS)

    assert changed_tables(before, await snapshot(api.engine)) == set()
    said = words_of(small)
    assert "12.50 t of KRB-2024-001-000001" in said
    assert "The other 4,987.50 t stay with their holder" in said
    assert "Twice <sold>." in said
    assert "another administrator" not in said
    assert "another administrator must countersign it first" in words_of(large)
    assert "The buffer is empty: it covers nothing of it. 50.00 t are owed." in words_of(lost)
    assert "which nobody could avoid" in words_of(lost)
    # Confirmed, it is asked for under the key that the first form had.
    (confirmed,) = forms_on(small, entry)
    assert confirmed == cancel | {"quantity": "12.5", "reason": "Twice <sold>.", "confirmed": "on"}
    asked = await browser.post(entry, data=confirmed)
    assert asked.status_code == 503
    assert "Nothing was lost" in words_of(asked)


async def test_a_share_is_set_while_the_project_is_pending(
    api: Api, database_url: str, browser: httpx.AsyncClient, project: IssuedProject
) -> None:
    decided = await browser.get(f"/staff/projects/{project.id}")
    await crowd(database_url, 1)
    async with api.engine.connect() as connection:
        found = await connection.execute(
            select(tables.projects.c.id).where(tables.projects.c.status == "pending").limit(1)
        )
        address = f"/staff/projects/{found.scalar_one()}"
    (share,) = forms_on(await browser.get(address), address)

    shown = await browser.post(address, data=share | SHARE)
    refused = await browser.post(address, data=share | SHARE | {"percent": "61", "reason": " "})

    assert "its share is decided with it" in words_of(decided)
    assert "15.00 % into the buffer?" in words_of(shown)
    assert "Now it is 0.00 %" in words_of(shown)
    assert refused.status_code == 400
    assert "Percent must be at most 60" in words_of(refused)
    assert "Reason must not be empty" in words_of(refused)
    assert forms_on(refused, address)[0]["percent"] == "61"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"do": "cancel", "quantity": "0", "reason": "x"}, "positive number"),
        ({"do": "cancel", "quantity": "5000.01", "reason": "x"}, "holds 5000.00 t"),
        ({"do": "cancel", "quantity": "1", "reason": ""}, "Reason must not be empty"),
        ({"do": "release", "quantity": "1", "reason": "x"}, "nothing in it to move"),
    ],
)
async def test_what_the_ledger_would_refuse_is_refused_before_it_is_confirmed(
    browser: httpx.AsyncClient, project: IssuedProject, typed: dict[str, str], told: str
) -> None:
    address = f"/staff/credits/{project.serial(1)}"
    (form,) = forms_on(await browser.get(address), address)

    answer = await browser.post(address, data=form | typed)

    assert answer.status_code in {400, 409}
    assert told in words_of(answer)
    assert "as it would be" not in words_of(answer)


async def test_staff_come_to_an_entry_and_a_project_from_the_ledger(
    browser: httpx.AsyncClient, project: IssuedProject
) -> None:
    serial = project.serial(1)

    led = await browser.get("/staff/credits", params={"serial": f" {serial.lower()} "})
    found = await browser.get("/staff/projects", params={"q": "satyapura"})
    nothing = ("credits/KRB-2024-009-000009", "credits/x%00y", f"projects/{uuid4()}")
    missing = [(await browser.get(f"/staff/{one}")).status_code for one in nothing]
    browser.cookies.clear()
    refused = [(await browser.get(a)).status_code for a in (f"/staff/credits/{serial}", f"/staff/projects/{project.id}")]  # fmt: skip

    assert (led.status_code, led.headers["location"]) == (303, f"/staff/credits/{serial}")
    assert f'href="/staff/projects/{project.id}"' in found.text
    assert missing == [404, 404, 404]
    assert refused == [303, 303]


async def test_the_open_data_is_published_once_it_is_confirmed(browser: httpx.AsyncClient) -> None:
    publish, _ = forms_on(await browser.get("/staff/registry"), "/staff/registry")

    shown = await browser.post("/staff/registry", data=publish)
    asked = await browser.post("/staff/registry", data=publish | {"confirmed": "on"})

    assert "Publish the open data?" in words_of(shown)
    assert asked.status_code == 503


async def test_a_countersigned_loss_is_carried_out_exactly_as_it_was_proposed(
    api: Api, browser: httpx.AsyncClient, project: IssuedProject
) -> None:
    """What was asked for is not kept but in a hash; the form of its proposal says it again."""
    asked = {"subject": str(project.id), "quantityUnits": "20000", "reason": "A storm."}
    digest = terms_sha256(ProposalKind.REVERSAL, asked | {"vintage": 2024, "avoidable": True})
    proposals: dict[str, Any] = {
        "reversal": {"subject": str(project.id), "terms_sha256": digest},
        "cancellation": {"subject": project.serial(1), "terms_sha256": "ab" * 32},
    }
    carried_out = {}
    for kind, values in proposals.items():
        proposal_id = uuid4()
        async with api.engine.begin() as connection:
            await connection.execute(
                insert(tables.proposals).values(
                    id=proposal_id,
                    kind=kind,
                    quantity_units=20_000,
                    reason="A storm.",
                    status="countersigned",
                    proposed_by=ADMINISTRATOR.id,
                    proposed_at=NOW,
                    expires_at=NOW + timedelta(days=1),
                    settled_by=BUYER.id,
                    settled_at=NOW,
                    request_key=f"key-of-{kind}",
                    **values,
                )
            )
        page = await browser.get(f"/staff/proposals/{proposal_id}")
        address = "projects" if kind == "reversal" else "credits"
        (carried_out[kind],) = forms_on(page, f"/staff/{address}/{values['subject']}")

    same = {"quantity": "200.00", "confirmed": "on"}
    for form in carried_out.values():
        del form["form_token"]
    assert carried_out["reversal"] == same | {
        "do": "loss", "subject": str(project.id), "key": "key-of-reversal", "cause": "A storm.",
        "vintage": "2024", "avoidable": "yes",
    }  # fmt: skip
    assert carried_out["cancellation"] == same | {
        "do": "cancel", "subject": project.serial(1), "key": "key-of-cancellation", "reason": "A storm.",
    }  # fmt: skip
