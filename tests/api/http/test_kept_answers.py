"""Public answers that are given again: the bytes that would be made, and never old ones (ADR 0106)."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from itertools import count
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import insert, text

from adapters.outages import NoAnswer
from adapters.postgres import tables
from adapters.postgres.publishing.reads.revisions import PublicRevision
from api.http.middleware import kept_answers
from api.http.middleware.kept_answers import KeptAnswers, Revisions
from tests.api.caller import Api
from tests.api.registry_rows import IssuedProject, RegistryRows

API = "/api/v1/registry"
NOT_MADE_OF = {"vary", "content-length", "content-type", "cache-control", "etag"}
CHANGES = {
    "a name": "UPDATE organisations SET legal_name = legal_name || ' & Sons'",
    "a loss": "UPDATE reversals SET cause = 'A flood.'",
    "what is owed": "UPDATE obligations SET status = 'settled', settled_at = now()",
    "how far the chain is": "UPDATE chain_transactions SET confirmations = confirmations + 1",
    "a certificate": "UPDATE certificates SET trouble = 'The chain is silent.'",
    "an entry": "UPDATE credit_entries SET status = 'cancelled' WHERE status = 'active'",
    "a sum": "UPDATE credit_sums SET quantity_units = quantity_units + 100",
    "a title": "UPDATE projects SET title = title || ' II'",
    "a document": "UPDATE documents SET disclosure = 'confidential'",
    "the registry itself": "UPDATE registry_state SET frozen = true, reason = 'A drill.', changed_at = now()",
    "a step": "DELETE FROM verification_events",
}
"""By hand, with the guards asleep."""


@pytest.fixture
async def addresses(api: Api) -> list[str]:
    rows = RegistryRows(api.engine)
    first, second = [await rows.project(title=f"Kilns “{n}” & <fields>") for n in range(2)]
    await rows.finding(first)
    retirement = await rows.retirement(first, chain="confirmed", confirmations=3)
    await rows.retirement(second, chain="final", confirmations=30, read_back={})
    await touch(api, first, retirement)
    serial = first.serial(3)
    return [
        *(f"{API}/projects", f"{API}/projects?limit=1", f"{API}/projects?fields=id,title&limit=1"),
        *(
            f"{API}/projects?sort=createdAt",
            f"{API}/projects?q=kilns",
            f"{API}/projects/{first.id}",
        ),
        *(f"{API}/retirements", f"{API}/retirements?limit=1", f"{API}/retirements/{retirement}"),
        *(f"{API}/retirements?fields=id", f"{API}/credits/{serial}", "/projects", "/retirements"),
        *(f"/projects/{first.id}", f"/projects/{second.id}", f"/retirements/{retirement}"),
        *(f"/credits/{serial}", "/projects?q=kilns", "/retirements?q=nordlys"),
    ]


REFUSED = [
    *(f"{API}/projects?limit=0", f"{API}/projects?unknown=1", f"{API}/retirements?cursor=AAAA"),
    *(
        f"{API}/projects/{UUID(int=0)}",
        f"{API}/retirements?fields=nothing",
        f"/projects/{UUID(int=0)}",
    ),
]


async def touch(api: Api, project: IssuedProject, retirement_id: UUID) -> None:
    """A loss that touches the retirement and that somebody owes for."""
    reversal_id = uuid4()
    async with api.engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            insert(tables.reversals).values(
                id=reversal_id, project_id=project.id, quantity_units=1200, cause="A storm.",
                avoidable=False, recorded_by=project.supplier_id,
                recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.obligations).values(
                reversal_id=reversal_id, quantity_units=1200, status="open",
                due_at=datetime(2026, 8, 28, tzinfo=UTC),
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.reversal_coverings).values(
                id=uuid4(), reversal_id=reversal_id, retirement_id=retirement_id, touched_units=1200
            )
        )


def told(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """Without headers that each answer has of its own; errors say when."""
    headers = {name: value for name, value in answer.headers.items() if name in NOT_MADE_OF}
    body = answer.content.partition(b'"meta": {"timestamp"')[0]
    return answer.status_code, headers, body


async def ask(api: Api, address: str) -> httpx.Response:
    """Errors name the request."""
    return await api.client.get(address, headers={"X-Request-Id": "the-same"})


async def made(api: Api, address: str) -> tuple[int, dict[str, str], bytes]:
    """By somebody who never asked for it before: an address nobody keeps, and the same answer, computed."""
    ready, api.app.state.fragments = api.app.state.fragments, None
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(KeptAnswers, "keeps", lambda *_: False)
        api.app.state.registry_state_seen = None
        answer = told(await ask(api, address))
    api.app.state.fragments = ready
    return answer


async def test_whoever_asks_again_is_told_what_would_be_made(
    api: Api, addresses: list[str]
) -> None:
    expected = {address: await made(api, address) for address in (*addresses, *REFUSED)}

    for _ in range(3):
        given = {a: told(await ask(api, a)) for a in (*addresses, *REFUSED)}
        assert given == expected
    assert {expected[address][0] for address in addresses} == {200}


async def test_asked_for_the_third_time_it_costs_one_statement(
    api: Api, addresses: list[str]
) -> None:
    cost = {}
    for address in addresses:
        for _ in range(2):
            await api.client.get(address)
        async with api.counting_queries() as sent:
            answer = await api.client.get(address)
            tag = {"If-None-Match": answer.headers["etag"]}
            same = await api.client.get(address, headers=tag)
        cost[address] = len(sent), same.status_code, same.content

    assert cost == dict.fromkeys(addresses, (2, 304, b""))


async def test_whatever_changes_is_told_at_once(api: Api, addresses: list[str]) -> None:
    """Each is kept when it is asked for the second time, and again after each change."""
    kept = [address for address in addresses if "?" not in address]
    for address in kept:
        await ask(api, address)
    before = {address: told(await ask(api, address)) for address in kept}
    told_otherwise = {}
    for what, statement in CHANGES.items():
        async with api.engine.begin() as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            await connection.execute(text(statement))

        after = {address: told(await ask(api, address)) for address in kept}

        assert after == {address: await made(api, address) for address in kept}, what
        told_otherwise[what], before = before != after, after
    assert told_otherwise == dict.fromkeys(CHANGES, True)


async def test_nothing_is_kept_into_the_next_day(
    api: Api, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels end with a day, and no row changes then."""
    for _ in range(3):
        await api.client.get(addresses[0])
    monkeypatch.setattr(kept_answers, "today", lambda: date.max)

    async with api.counting_queries() as sent:
        await api.client.get(addresses[0])

    assert len(sent) > 1


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def test_every_table_behind_them_counts_its_changes(
    api: Api, addresses: list[str], owner: asyncpg.Connection
) -> None:
    """A table that a query begins to read is named here until a migration lets it count too."""
    read: set[str] = set()
    async with api.counting_queries() as sent:
        for address in addresses:
            await made(api, address)
    words = {word for statement in sent for word in re.findall(r"(?:FROM|JOIN) (\w+)", statement)}
    for view, table in await owner.fetch(
        "SELECT view_name, table_name FROM information_schema.view_table_usage"
    ):
        if view in words:
            read.add(table)
    read |= words & set(tables.metadata.tables)

    counted = await owner.fetchval(
        "SELECT array_agg(tgrelid::regclass::text) FROM pg_trigger"
        " WHERE tgname = 'revision_counted' AND tgenabled = 'A'"
    )

    assert read - set(counted) == set()
    assert read >= {"projects", "obligations", "reversal_coverings", "superseded_certificates"}


async def test_a_change_while_it_is_made_leaves_nothing_kept(
    api: Api, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before the change and what after cannot be told apart; so it is made again."""
    address = addresses[0]
    await api.client.get(address)
    numbers = count()

    async def another_each_time(_: object) -> PublicRevision:
        number = next(numbers)
        return PublicRevision(datetime(2026, 1, 1, tzinfo=UTC), number, number)

    monkeypatch.setattr(Revisions, "now", another_each_time)
    await api.client.get(address)
    monkeypatch.undo()

    async with api.counting_queries() as sent:
        await api.client.get(address)

    assert len(sent) > 1


async def test_who_is_signed_in_is_shown_a_page_of_their_own(
    api: Api, addresses: list[str]
) -> None:
    for _ in range(3):
        await api.client.get("/projects")

    async with api.counting_queries() as sent:
        answer = await api.client.get("/projects", headers={"Cookie": "session=page.unknown"})

    assert (answer.status_code, len(sent) > 1) == (200, True)


async def test_while_nobody_can_say_whether_it_stands_it_is_made(
    api: Api, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the database is away altogether, making it says so, as ever."""
    for _ in range(3):
        await api.client.get(addresses[0])

    async def nobody_answers(_: object) -> PublicRevision:
        raise NoAnswer("PostgreSQL does not answer")

    monkeypatch.setattr(Revisions, "now", nobody_answers)

    async with api.counting_queries() as sent:
        answer = await api.client.get(addresses[0])

    assert (answer.status_code, len(sent)) == (200, 1)
