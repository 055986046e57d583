"""
The public pages, asked over ASGI and reading a real PostgreSQL.

Goal: a page says what the rows say, says it at once, and says nothing that is not public. The rows
come from registry_rows.py; no workflow and no chain takes part, because pages ask neither.
"""

from collections.abc import AsyncIterator
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, insert, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.postgres import tables
from adapters.settings import Settings
from api.http.resources import Reading
from api.http.single_flight import counted_in
from api.pages.mount import mount_pages
from tests.api.registry_rows import BEGAN, RegistryRows, sha256
from tests.databases import Databases, engine_for

# Written down, because processes that share the tests compare their names.
NOBODYS_ID = "6f0d4a52-0b6e-4a53-9a38-5d1e2f3c7b90"
SETTINGS = Settings(
    public_url="https://registry.example", explorer_transaction_url="https://explorer.example/tx/"
)


@pytest.fixture
async def engine(databases: Databases) -> AsyncIterator[AsyncEngine]:
    async with databases.fresh() as url:
        made = engine_for(url)
        yield made
        await made.dispose()


@pytest.fixture
def rows(engine: AsyncEngine) -> RegistryRows:
    return RegistryRows(engine)


def pages_over(engine: AsyncEngine) -> FastAPI:
    app = FastAPI()
    app.state.resources, app.state.settings = Reading(engine), SETTINGS
    app.state.counted = counted_in(engine)
    mount_pages(app, SETTINGS)
    return app


@pytest.fixture
async def browser(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(pages_over(engine))
    async with httpx.AsyncClient(transport=transport, base_url="https://registry.example") as made:
        yield made


async def words_of(browser: httpx.AsyncClient, address: str) -> str:
    """What a page says, without its markup's line breaks; it must answer 200."""
    answer = await browser.get(address)
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(answer.text).split())


async def test_an_empty_registry_says_so_on_every_list(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    home, projects, retirements = [
        await words_of(browser, address) for address in ("/", "/projects", "/retirements")
    ]

    assert "No credit has been retired yet" in home
    assert "No project has been registered yet" in projects
    assert "No credit has been retired yet" in retirements


async def test_the_front_page_shows_the_sum_and_that_it_holds(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    await rows.retirement(await rows.project(), 120_050)

    home = await words_of(browser, "/")

    for part in ("5,000.00", "3,799.50", "1,200.50"):
        assert f">{part}</data>" in home
    assert "The sum holds" in home


async def test_the_front_page_does_not_hide_a_sum_that_does_not_hold(
    rows: RegistryRows, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    project = await rows.project()
    async with engine.begin() as connection:
        # The database itself refuses this, so its guards are put to sleep first.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            tables.credit_entries.update()
            .where(tables.credit_entries.c.id == project.entry_id)
            .values(status="split")
        )

    home = await words_of(browser, "/")

    assert "The sum does not hold" in home
    assert "The sum holds" not in home


async def test_a_certificate_answers_before_there_is_any_chain_record(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    retirement_id = await rows.retirement(await rows.project(), chain=None)

    page = await words_of(browser, f"/retirements/{retirement_id}")

    assert "about to enter the queue" in page
    assert "on behalf of <strong><bdi>Nordlys Shipping AS</bdi>" in page
    assert "1–25,000" in page  # noqa: RUF001 — the page prints ranges with an en dash


@pytest.mark.parametrize(
    ("status", "confirmations", "rollbacks", "said"),
    [
        ("queued", None, 0, "next in the queue"),
        ("submitted", None, 0, "waits for a block"),
        ("submitted", 3, 0, "3 of 6 confirmations"),
        ("submitted", None, 1, "The chain took back the block"),
        ("confirmed", 37, 0, "it is confirmed"),
        ("final", 500, 0, "no node takes it back"),
        ("parked", None, 0, "a person looks after it"),
    ],
)
async def test_a_certificate_says_how_far_its_chain_record_has_come(
    rows: RegistryRows,
    browser: httpx.AsyncClient,
    status: str,
    confirmations: int | None,
    rollbacks: int,
    said: str,
) -> None:
    retirement_id = await rows.retirement(
        await rows.project(), chain=status, confirmations=confirmations, rollbacks=rollbacks
    )

    page = await words_of(browser, f"/retirements/{retirement_id}")

    assert said in page
    assert "secret reason for staff" not in page


async def test_a_sealed_certificate_shows_the_chain_beside_our_record(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    project = await rows.project()
    honest = await rows.retirement(project, chain="confirmed", confirmations=6, read_back={})
    other = await rows.project("Another project")
    forged = await rows.retirement(
        other, chain="confirmed", confirmations=6, read_back={"quantity": "999.00"}
    )

    honest_page = await words_of(browser, f"/retirements/{honest}")
    forged_page = await words_of(browser, f"/retirements/{forged}")

    assert ">Different<" not in honest_page
    assert honest_page.count(">Same<") == 1 + len(
        ("msg", "credit_id", "project_id", "quantity", "vintage", "retired_by",
         "retirement_reason", "timestamp")
    )  # fmt: skip
    assert forged_page.count(">Different<") == 1
    assert "999.00" in forged_page


async def test_an_undisclosed_beneficiary_is_called_undisclosed(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    retirement_id = await rows.retirement(await rows.project(), beneficiary=None)

    page = await words_of(browser, f"/retirements/{retirement_id}")

    assert "an undisclosed beneficiary" in page


async def test_names_cannot_bring_markup_into_a_page(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    hostile = "<script>alert(1)</script>"
    retirement_id = await rows.retirement(await rows.project(hostile), beneficiary=hostile)

    addresses = ("/", "/projects", "/retirements", f"/retirements/{retirement_id}")
    answers = [await browser.get(address) for address in addresses]
    searched = await browser.get("/search", params={"q": hostile})

    for answer in (*answers, searched):
        assert hostile not in answer.text
        assert "&lt;script&gt;" in answer.text


async def test_only_public_documents_are_named_and_linked(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    hidden = ("internal", "confidential", "restricted")
    project = await rows.project(
        documents=[(f"Title of {name} paper", name) for name in ("public", *hidden)]
    )

    page = await words_of(browser, f"/projects/{project.id}")

    assert "Title of public paper" in page
    assert page.count("/content") == 1
    for name in hidden:
        assert f"Title of {name} paper" not in page
        assert sha256(f"Title of {name} paper") in page
    assert "Somebody Private" not in page


async def test_a_sign_off_that_no_longer_fits_is_shown_as_changed(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    project = await rows.project(sign_off_digest="ab" * 32)

    page = await words_of(browser, f"/projects/{project.id}")

    assert "Changed since" in page


async def test_a_retirement_page_makes_no_more_queries_for_more_rows(
    rows: RegistryRows, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    async def queries_of(address: str) -> int:
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            # Whether the registry is frozen is looked at every few seconds, not for each page.
            if "FROM registry_state" not in statement:
                asked.append(statement)

        event.listen(engine.sync_engine, "before_cursor_execute", note)
        try:
            await words_of(browser, address)
        finally:
            event.remove(engine.sync_engine, "before_cursor_execute", note)
        return len(asked)

    addresses = ("/", "/projects", "/retirements")
    await rows.retirement(await rows.project())
    with_one = [await queries_of(address) for address in addresses]
    for number in range(2):
        await rows.retirement(await rows.project(f"Project {number}"))
    with_three = [await queries_of(address) for address in addresses]

    assert with_one == with_three == [5, 3, 2]


async def test_lists_go_on_where_the_page_before_ended(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    titles = [f"Project {number:02d}" for number in range(30)]
    for title in titles:
        await rows.project(title)

    first = (await browser.get("/projects")).text
    link = unescape(first.split('rel="next" href="')[1].split('"')[0])
    await rows.project("Registered in between")
    second = (await browser.get(link)).text

    shown = [title for page in (first, second) for title in reversed(titles) if title in page]
    assert shown == titles[::-1]
    assert "Registered in between" not in second


async def test_project_filters_narrow_the_list(
    engine: AsyncEngine, rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    by_method = await rows.project("Biochar at Satyapura")
    await rows.project("Kilns of Jhunjhunu")
    method = await a_methodology_of(engine, by_method.id)

    found = [
        await words_of(browser, f"/projects?{query}")
        for query in ("q=pura+at+bio&status=verified&country=IND", f"methodology={method}")
    ]
    missed = [
        await words_of(browser, f"/projects?{query}")
        for query in ("q=satya&status=rejected", f"methodology={uuid4()}", "methodology=none")
    ]

    for page in found:
        assert "Biochar at Satyapura" in page
        assert "Kilns of Jhunjhunu" not in page
    for page in missed:
        assert "No project fits these filters" in page


async def a_methodology_of(engine: AsyncEngine, project_id: UUID) -> UUID:
    """By which the project's round was done; its row is changed with its guards asleep."""
    methodology_id, version_id = uuid4(), uuid4()
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            insert(tables.methodologies).values(
                id=methodology_id, name="Biochar, pyrolysed", standard="Puro.earth", sector="Biochar",
                recorded_by=uuid4(), created_at=BEGAN,
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.methodology_versions).values(
                id=version_id, methodology_id=methodology_id, version="2", project_types=["biochar"],
                required_document_types=[], parameters=[], requires_statement=False,
                requires_checklist=False, valid_from=BEGAN.date(), recorded_by=uuid4(), created_at=BEGAN,
            )
        )  # fmt: skip
        await connection.execute(
            update(tables.verification_requests)
            .where(tables.verification_requests.c.project_id == project_id)
            .values(methodology_version_id=version_id)
        )
    return methodology_id


async def test_search_leads_to_the_one_place_that_was_meant(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    project = await rows.project()
    retirement_id = await rows.retirement(project, 25_000, chain="submitted", confirmations=0)
    retired, active = project.serial(2), project.serial(3)
    page = (await browser.get(f"/retirements/{retirement_id}")).text
    tx_hash = page.split("explorer.example/tx/")[1].split('"')[0]

    asked = (
        retired.lower(),
        active,
        str(retirement_id),
        str(project.id),
        tx_hash,
        "25000",
        "25001",
    )
    led_to = [
        (await browser.get("/search", params={"q": f" {q} "})).headers["location"] for q in asked
    ]

    certificate = f"/retirements/{retirement_id}"
    assert led_to == [
        certificate,
        f"/credits/{active}",
        certificate,
        f"/projects/{project.id}",
        certificate,
        "/units/25000",
        "/units/25001",
    ]


@pytest.mark.parametrize(
    "q",
    ["nobody", "KRB-2024-999-000001", "f" * 64, "9" * 18, "' & !:*\\", "\x00", "🌍", NOBODYS_ID],
)
async def test_a_search_without_an_answer_says_so(
    rows: RegistryRows, browser: httpx.AsyncClient, q: str
) -> None:
    await rows.retirement(await rows.project())

    page = await words_of(browser, str(httpx.URL("/search", params={"q": q})))

    assert "Nothing found" in page or not q.strip("\x00")


async def test_a_beneficiary_is_found_by_a_part_of_a_word(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    retirement_id = await rows.retirement(await rows.project())

    page = await words_of(browser, "/search?q=rdlys+SHIP")

    assert f"/retirements/{retirement_id}" in page


@pytest.mark.parametrize(
    "address",
    [
        f"/projects/{NOBODYS_ID}",
        f"/retirements/{NOBODYS_ID}",
        "/projects/no-uuid",
        "/retirements/1",
        "/no",
    ],
)
async def test_what_is_not_there_is_a_404_page_that_nobody_keeps(
    rows: RegistryRows, browser: httpx.AsyncClient, address: str
) -> None:
    answer = await browser.get(address)

    assert answer.status_code == 404
    assert "<h1>No such" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_addresses_of_the_api_are_left_to_the_api(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/api/v1/no-such-thing")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


async def test_without_its_database_the_registry_says_when_to_come_back() -> None:
    away = create_async_engine("postgresql+asyncpg://postgres@127.0.0.1:1/nowhere")
    transport = httpx.ASGITransport(pages_over(away))

    async with httpx.AsyncClient(transport=transport, base_url="https://registry.example") as http:
        answer = await http.get("/")

    assert answer.status_code == 503
    assert "Back in a moment" in answer.text
    assert answer.headers["retry-after"] == "5"


async def test_a_page_that_did_not_change_is_not_sent_again(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    project = await rows.project()
    first = await browser.get("/projects")

    again = await browser.get("/projects", headers={"If-None-Match": first.headers["etag"]})
    await rows.retirement(project)
    changed = await browser.get("/projects", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200


async def test_pages_forbid_everything_they_do_not_need(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    answer = await browser.get("/")

    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert " style=" not in answer.text
    assert "<style" not in answer.text


async def test_the_qr_code_is_an_image_of_the_certificates_address(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    answer = await browser.get(f"/retirements/{uuid4()}/qr.svg")

    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")


async def test_a_persons_note_is_on_the_timeline_without_its_words(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    project = await rows.project()

    page = await words_of(browser, f"/projects/{project.id}")

    assert "Site visit" in page
    assert "Twelve kilns were visited." not in page


async def test_a_correction_stands_on_the_page_of_its_certificate(
    rows: RegistryRows, browser: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    retirement_id = await rows.retirement(
        await rows.project(), chain="confirmed", confirmations=9, read_back={}
    )
    address = f"/retirements/{retirement_id}"
    before = await words_of(browser, address)
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO certificate_corrections SELECT gen_random_uuid(), retirement_id, digest,"
                " '/evidence/verificationBody', 'Earthly Verifiers', 'Registry staff <here>',"
                " 'Staff decided.', now() FROM certificates"
            )
        )

    after = await words_of(browser, address)

    # In the foot of each page a link leads to those of issuances.
    assert 'id="corrections"' not in before
    assert 'id="corrections"' in after
    assert "Earthly Verifiers</bdi> <code>/evidence/verificationBody</code>" in after
    assert "Registry staff <here>" in after
    assert "Staff decided." in after
