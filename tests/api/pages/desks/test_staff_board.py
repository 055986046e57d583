"""
The board of staff, a round's page and proposals: what they show, whom they offer, and what they cost (ADR 0093).

Temporal is away; that what is pressed happens is shown in tests/browser/test_staff_desk.py.
"""

import gzip
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres import tables
from adapters.postgres.projects.reads.desks.board import (
    COUNTED_MAX,
    BoardFilter,
    board_page,
    stage_counts,
)
from adapters.postgres.queries import PageRequest
from adapters.settings import Settings
from bench.board_rows import add_rounds
from domain.accounts.proposals import ProposalKind, terms_sha256
from domain.accounts.roles import Account
from domain.projects.board import OPEN_STAGES, RoundStage, StageDeadlines
from tests.adapters.postgres.publishing.test_webhook_desk_plans import looks_at
from tests.api.caller import Api, running_api, settings_for
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.authenticator import Authenticator
from tests.factories import (
    ADMINISTRATOR,
    DEVELOPER,
    OTHER_ADMINISTRATOR,
    OTHER_DEVELOPER,
    OTHER_VERIFIER,
    VERIFIER,
)
from tests.journeys.test_methodologies import VERSION

DEADLINES = StageDeadlines(timedelta(days=3), timedelta(days=30), timedelta(days=3))
ROUNDS = tables.verification_requests
PAGE = PageRequest(50, newest_first=False)
HTML_MAX = 60_000


@pytest.fixture
def settings(database_url: str) -> Settings:
    return settings_for(database_url, freezes_countersigned=True)


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(api) as made:
        await give_password(api, ADMINISTRATOR)
        assert (await sign_in(made, ADMINISTRATOR)).status_code == 303
        yield made


async def crowd(
    database_url: str,
    rounds: int,
    *,
    supplier: Account = DEVELOPER,
    verifier: Account = VERIFIER,
) -> None:
    connection = await asyncpg.connect(database_url)
    await add_rounds(connection, rounds, supplier=supplier.id, verifier=verifier.id)
    await connection.close()


async def rounds_of(api: Api, **values: Any) -> list[UUID]:
    """Ids of the rounds that have these values, those that were opened first before others."""
    async with api.engine.connect() as connection:
        found = await connection.execute(
            select(ROUNDS.c.id).filter_by(**values).order_by(ROUNDS.c.submitted_at)
        )
        return list(found.scalars())


def shown(page: httpx.Response) -> list[str]:
    """Ids of the rounds on the board, in its order."""
    rows = page.text.partition("<tbody")[2].split('rowheader"><a')[1:]
    return [row.partition("/staff/verifications/")[2][:36] for row in rows]


async def test_what_is_overdue_comes_first_and_filters_leave_the_rest_out(
    api: Api, database_url: str, browser: httpx.AsyncClient
) -> None:
    await crowd(database_url, 80)
    now = datetime.now(UTC)
    late, other = (await rounds_of(api, status="in_review"))[-2:]
    async with api.engine.begin() as connection:
        # Two months in review: 30 days too late. Everything else waits since the last hours.
        await connection.execute(
            update(ROUNDS).where(ROUNDS.c.id == late).values(assigned_at=now - timedelta(days=60))
        )
        await connection.execute(
            update(ROUNDS).where(ROUNDS.c.id == other).values(verifier_id=OTHER_VERIFIER.id)
        )
    board = await browser.get("/staff")
    second = await browser.get(
        board.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    )
    found = {
        query: shown(await browser.get(f"/staff?{query}"))
        for query in (
            "overdue=on",
            f"verifier={OTHER_VERIFIER.id}",
            "stage=decided",
            "project=Biochar+of+the+village+77",
            "project=nothing+is+called+so",
            "verifier=nobody&stage=nowhere&cursor=MDAwMS0wMS0wMVQwMDowMDowMCswMDowMCAw",
        )
    }

    assert shown(board)[0] == str(late)
    assert "Overdue by 30 days" in words_of(board)
    assert "In review 20 1 overdue" in words_of(board)
    assert len(shown(board)) == 50
    every = [*shown(board), *shown(second)]
    assert (len(every), len(set(every))) == (60, 60)
    assert found["overdue=on"] == [str(late)]
    assert found[f"verifier={OTHER_VERIFIER.id}"] == [str(other)]
    assert found["stage=decided"] == [str(one) for one in reversed(await rounds_of(api, status="rejected"))]  # fmt: skip
    assert len(found["project=Biochar+of+the+village+77"]) == 1
    assert found["project=nothing+is+called+so"] == []
    # What is no filter filters nothing.
    assert (
        len(found["verifier=nobody&stage=nowhere&cursor=MDAwMS0wMS0wMVQwMDowMDowMCswMDowMCAw"])
        == 50
    )


async def test_a_board_of_a_thousand_costs_what_one_of_fifty_costs(
    api: Api, database_url: str, browser: httpx.AsyncClient
) -> None:
    async def cost() -> tuple[int, int]:
        async with api.counting_queries() as statements:
            page = await browser.get("/staff")
        assert len(shown(page)) == 50
        # Whether the registry is frozen is known for a moment, and then asked again.
        asked = [one for one in statements if "registry_state" not in one]
        return len(asked), len(gzip.compress(page.content))

    await crowd(database_url, 80)
    few, _ = await cost()
    await crowd(database_url, 1_400)
    many, size = await cost()

    assert few == many
    assert size < HTML_MAX
    headers = await api.signed_in(ADMINISTRATOR)
    overview = (await api.client.get("/api/v1/admin/overview", headers=headers)).json()["data"]
    assert [one["rounds"] for one in overview["stages"]] == [370] * 4
    assert len(overview["waiting"]) == 50
    assert {one["stage"] for one in overview["waiting"]} == {"assignment", "countersignature"}


async def test_the_board_reads_no_more_of_a_stage_than_it_shows(
    engine: AsyncEngine, database_url: str
) -> None:
    """Among 12,000 rounds, 9,000 of which wait; their counts stop at a thousand."""
    await crowd(database_url, 12_000)
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        sent.append((statement, values))

    now = datetime.now(UTC)
    filters = [
        BoardFilter(),
        BoardFilter(overdue_at=now),
        BoardFilter(stage=RoundStage.REVIEW, verifier_id=VERIFIER.id),
        BoardFilter(stage=RoundStage.DECIDED),
    ]
    async with engine.connect() as connection:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
        for chosen in filters:
            await board_page(connection, chosen, PAGE, DEADLINES)
        counts = await stage_counts(connection, DEADLINES, at=now)
        event.remove(engine.sync_engine, "before_cursor_execute", note)
        plans = []
        for statement, values in sent:
            explained = await connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {statement}", values
            )
            plan = explained.scalar_one()
            plans.append((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])

    *pages, counted = [looks_at(plan, "verification_requests") for plan in plans]
    for looks, stages in zip(pages, (3, 3, 1, 1), strict=True):
        # In the stages' indexes, and then by id each of those that were found there.
        assert 0 < sum(look["rows"] for look in looks) <= stages * 2 * (PAGE.limit + 1), looks
    assert sum(look["rows"] for look in counted) == 4 * (COUNTED_MAX + 1), counted
    nodes = {look["node"] for looks in (*pages, counted) for look in looks}
    assert nodes <= {"Index Scan", "Index Only Scan"}
    assert [(one.stage, one.rounds, one.more) for one in counts] == [
        (stage, COUNTED_MAX + 1, True) for stage in (*OPEN_STAGES, RoundStage.DECIDED)
    ]


async def test_only_who_may_verify_it_is_offered_and_the_others_are_told_why(
    api: Api, database_url: str, browser: httpx.AsyncClient
) -> None:
    await crowd(database_url, 4)
    (pending,) = await rounds_of(api, status="pending")
    async with api.engine.begin() as connection:
        members = tables.organisation_members.c
        body = select(members.organisation_id).where(members.user_id == VERIFIER.id)
        await connection.execute(
            update(tables.accreditations)
            .where(tables.accreditations.c.organisation_id == body.scalar_subquery())
            .values(project_types=["cookstoves"])
        )
    address = f"/staff/verifications/{pending}"
    page = await browser.get(address)
    (form, *_) = forms_on(page, address)
    answers = [
        await browser.post(address, data=form | {"verifier": typed})
        for typed in ("", str(OTHER_VERIFIER.id))
    ]
    other_type = await browser.get("/staff")

    offered = page.text.partition("<select")[2].partition("</select>")[0]
    assert str(OTHER_VERIFIER.id) in offered
    assert str(VERIFIER.id) not in offered
    assert "does not have biochar in its scope" in words_of(page)
    assert "Choose the verifier that it is given to." in words_of(answers[0])
    # Temporal is away: the form keeps what was chosen, and its key.
    assert answers[1].status_code == 503
    assert forms_on(answers[1], address)[0]["key"] == form["key"]
    assert f'<option value="{OTHER_VERIFIER.id}" selected>' in answers[1].text
    assert f'<option value="{VERIFIER.id}"' not in other_type.text.partition("<tbody")[2]


async def test_a_second_approval_is_asked_of_another_one_and_confirmed_by_a_passkey(
    api: Api, database_url: str, browser: httpx.AsyncClient
) -> None:
    await crowd(database_url, 4)
    await crowd(database_url, 4, supplier=OTHER_DEVELOPER, verifier=ADMINISTRATOR)
    (others,) = await rounds_of(api, status="approved", decided_by=VERIFIER.id)
    (mine,) = await rounds_of(api, status="approved", decided_by=ADMINISTRATOR.id)
    authenticator = Authenticator()
    headers = await api.signed_in(ADMINISTRATOR)
    challenge = await api.client.post(
        "/api/v1/me/passkeys/challenge", headers=headers | {"Idempotency-Key": str(uuid4())}
    )
    asked = challenge.json()["data"]
    added = await api.client.post(
        "/api/v1/me/passkeys",
        json={
            "challengeId": asked["challengeId"],
            "name": "Blue key",
            "credential": authenticator.create(asked["publicKey"]),
        },
        headers=headers | {"Idempotency-Key": str(uuid4())},
    )
    assert added.status_code == 201
    address = f"/staff/verifications/{others}"
    by_do = {form["do"]: form for form in forms_on(await browser.get(address), address)}
    reason = "The second annex\r\nis missing."

    confirm = await browser.post(address, data=by_do["refuse"] | {"reason": reason})
    (again,) = forms_on(confirm, address)
    options = json.loads(
        confirm.text.partition('data-options="')[2].partition('"')[0].replace("&#34;", '"')
    )
    signed = again | {"credential": json.dumps(authenticator.get(options))}
    let_through = await browser.post(address, data=signed)
    used_up = await browser.post(address, data=signed)
    own = await browser.get(f"/staff/verifications/{mine}")

    assert (confirm.status_code, "Nothing was done yet." in words_of(confirm)) == (401, True)
    assert (again["request_key"], again["do"]) == (by_do["refuse"]["key"], "refuse")
    assert let_through.status_code == 503
    assert used_up.status_code == 401
    assert "another administrator countersigns or refuses" in words_of(own)
    assert {form["do"] for form in forms_on(own, f"/staff/verifications/{mine}")} == {"note"}


async def test_a_checklist_is_ticked_with_notes_before_a_second_approval(
    api: Api, database_url: str, browser: httpx.AsyncClient
) -> None:
    await crowd(database_url, 4)
    (waits,) = await rounds_of(api, status="approved", decided_by=VERIFIER.id)
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": str(uuid4())}
    facts = {"name": "Stoves", "standard": "Ours", "sector": "Energy demand"}
    made = await api.client.post(
        "/api/v1/methodologies",
        json=facts | VERSION | {"projectTypes": ["biochar"]},
        headers=headers,
    )
    async with api.engine.begin() as connection:
        # A round has its methodology before it is approved.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            update(ROUNDS)
            .where(ROUNDS.c.id == waits)
            .values(
                methodology_version_id=UUID(made.json()["data"]["versions"][0]["id"]),
                completed_at=datetime.now(UTC) - timedelta(minutes=1),
            )
        )
    address = f"/staff/verifications/{waits}"
    by_do = {form["do"]: form for form in forms_on(await browser.get(address), address)}
    items = re.findall(r'name="tick-([a-z_]+)"', (await browser.get(address)).text)
    form, left = by_do["checklist"], items[-1]
    ticks = {f"tick-{item}": "on" for item in items if item != left}
    note = {f"note-{items[0]}": "Looked at\r\nall of it."}

    too_early = await browser.post(address, data=by_do["countersign"])
    unticked = await browser.post(address, data=form | {f"note-{left}": "Nearly."})
    kept = await browser.post(address, data=form | ticks | note)
    page = await browser.get(kept.headers["location"])
    one_left = await browser.post(address, data=by_do["countersign"])
    await browser.post(address, data=form | ticks | note | {f"tick-{left}": "on"})
    let_through = await browser.post(address, data=by_do["countersign"])
    await browser.post(address, data=form | note | {f"tick-{items[0]}": "on"})
    taken_back = await browser.get(address)

    assert len(items) > 3
    still = "Still to be ticked by you"
    assert (too_early.status_code, words_of(too_early).count(f"{still} before")) == (
        409,
        len(items),
    )
    assert too_early.text.count("autofocus") == 1
    assert (unticked.status_code, "a note is kept with its tick." in words_of(unticked)) == (
        400,
        True,
    )
    assert ">Nearly.</textarea>" in unticked.text
    assert (page.text.count(" checked>"), "all of it.</textarea>" in page.text) == (
        len(items) - 1,
        True,
    )
    assert "The checklist is kept" in words_of(page)
    assert words_of(one_left).count(f"{still} before") == 1
    # Temporal is away: nothing of the checklist stands in its way any more.
    assert let_through.status_code == 503
    assert taken_back.text.count(" checked>") == 1
    assert words_of(taken_back).count("Taken back by") == len(items) - 1


async def test_who_comes_too_late_reads_who_was_first_and_when(
    api: Api, database_url: str, browser: httpx.AsyncClient
) -> None:
    """Two tabs: what is refused because it is done already names the step that did it."""
    await crowd(database_url, 4)
    (decided,) = await rounds_of(api, status="rejected")
    at = datetime(2026, 11, 3, 9, 5, tzinfo=UTC)
    proposal_id = uuid4()
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(tables.verification_events).values(
                id=uuid4(), verification_id=decided, event_type="rejected", message="It was rejected.",
                user_id=VERIFIER.id, created_at=at,
            )
        )  # fmt: skip
        await connection.execute(insert(tables.proposals).values(**frozen(proposal_id, at)))
    address = f"/staff/verifications/{decided}"
    page = await browser.get(address)

    assert "Rejected A verifier It was rejected." in words_of(page)
    assert "Waits for nobody" in words_of(page)
    # A verifier is no longer assigned to what is decided, nor is it decided once more.
    assert {form["do"] for form in forms_on(page, address)} == {"note"}
    settled = words_of(await browser.get(f"/staff/proposals/{proposal_id}"))
    assert "Settled 3 November 2026, 09:05 UTC by " in settled


def frozen(proposal_id: UUID, at: datetime) -> dict[str, Any]:
    """A freeze that the administrator proposed and another one has countersigned."""
    asked = {"subject": "registry", "quantityUnits": "None", "reason": "A recount."}
    return {
        "id": proposal_id, "kind": "freeze", "subject": "registry", "reason": "A recount.",
        "terms_sha256": terms_sha256(ProposalKind.FREEZE, asked | {"action": "freeze"}),
        "status": "countersigned", "proposed_by": ADMINISTRATOR.id, "proposed_at": at,
        "expires_at": at + timedelta(days=3), "settled_by": OTHER_ADMINISTRATOR.id,
        "settled_at": at, "request_key": "the-key-of-the-form",
    }  # fmt: skip


async def test_a_proposal_says_what_it_would_do_and_its_proposer_carries_it_out(
    api: Api, browser: httpx.AsyncClient
) -> None:
    now = datetime.now(UTC)
    done, waits, mine = uuid4(), uuid4(), uuid4()
    waiting = {"status": "waiting", "settled_by": None, "settled_at": None}
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(tables.proposals).values(
                [
                    frozen(done, now),
                    frozen(waits, now) | waiting | {"proposed_by": OTHER_ADMINISTRATOR.id},
                    frozen(mine, now) | waiting,
                ]
            )
        )
    board = words_of(await browser.get("/staff"))
    listed = await browser.get("/staff/proposals")
    forms = {
        id: [form["do"] for form in forms_on(page, f"/staff/proposals/{id}")]
        for id in (done, waits, mine)
        if (page := await browser.get(f"/staff/proposals/{id}"))
    }
    (carried_out,) = forms_on(await browser.get(f"/staff/proposals/{done}"), "/staff/registry")
    asked = await browser.post(
        "/staff/registry", data=carried_out | {"confirmed": "", "reason": " "}
    )

    assert "Proposals to answer 1 1 of yours wait" in board
    assert words_of(listed).count("Freeze the registry: no issuance, transfer") == 2
    assert forms == {done: [], waits: ["countersign", "refuse"], mine: ["withdraw"]}
    assert (carried_out["do"], carried_out["key"]) == ("freeze", "the-key-of-the-form")
    assert "Reason must not be empty" in words_of(asked)


async def test_freezing_is_confirmed_by_whoever_has_read_what_stops(
    api: Api, browser: httpx.AsyncClient
) -> None:
    forms = forms_on(await browser.get("/staff/registry"), "/staff/registry")
    (form,) = [one for one in forms if one["do"] == "freeze"]
    asked = await browser.post("/staff/registry", data=form | {"reason": "A recount."})
    (confirmed,) = forms_on(asked, "/staff/registry")
    sent = await browser.post("/staff/registry", data=confirmed)

    said = words_of(asked)
    assert (asked.status_code, "Nothing was done yet." in said, "A recount." in said) == (
        200,
        True,
        True,
    )
    assert "Transfers, retirements and cancellations." in said
    assert "Another administrator must countersign it first" in said
    assert (confirmed["key"], confirmed["confirmed"]) == (form["key"], "on")
    # Temporal is away, so that it cannot even be proposed.
    assert sent.status_code == 503
    async with api.engine.connect() as connection:
        assert (
            await connection.execute(select(tables.registry_state.c.frozen))
        ).scalar_one() is False


async def test_alerts_stay_to_be_read_once_they_are_over(
    api: Api, browser: httpx.AsyncClient
) -> None:
    now = datetime.now(UTC)
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(tables.alerts).values(
                [
                    {"id": uuid4(), "kind": "wallet_low", "subject": subject, "sentence": f"About {subject}.",
                     "raised_at": now - timedelta(hours=3), "cleared_at": cleared_at}
                    for subject, cleared_at in (("open", None), ("over", now))
                ]
            )
        )  # fmt: skip
    found = {
        query: words_of(await browser.get(f"/staff/alerts?{query}"))
        for query in ("", "state=open", "state=over", "kind=chain_outage", "kind=nothing")
    }

    told = {query: ("About open." in said, "About over." in said) for query, said in found.items()}
    assert told == {
        "": (True, True),
        "state=open": (True, False),
        "state=over": (False, True),
        "kind=chain_outage": (False, False),
        "kind=nothing": (True, True),
    }
    assert "Holds now for 3 hours" in found["state=open"]
    assert "after 3 hours" in found["state=over"]


@pytest.mark.parametrize(("url", "links"), [("https://temporal.example/", True), ("", False)])
async def test_a_round_links_to_its_workflow_where_an_address_is_set(
    engine: AsyncEngine, database_url: str, url: str, links: bool
) -> None:
    await crowd(database_url, 1)
    async with running_api(settings_for(database_url, temporal_ui_url=url), engine) as api:
        (one,) = await rounds_of(api)
        async with browser_of(api) as browser:
            await give_password(api, ADMINISTRATOR)
            await sign_in(browser, ADMINISTRATOR)
            page = await browser.get(f"/staff/verifications/{one}")

    address = f"https://temporal.example/namespaces/default/workflows/verification%2F{one}"
    assert (f'href="{address}"' in page.text) is links
    assert ("history" in words_of(page).partition("The round")[0]) is links
