"""Public answers that PostgreSQL has ready: the bytes that would be computed, whatever has changed (ADR 0116)."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from uuid import UUID

from sqlalchemy import text

from tests.api.caller import Api
from tests.api.http.test_kept_answers import API, CHANGES, REFUSED, touch
from tests.api.registry_rows import RegistryRows
from tests.whole_ledger import fragments_that_differ

OF_EACH_REQUEST = {"x-request-id", "ratelimit"}
ODD = '“\u2028 & <fields>\t"\\\x7f\x1f/'
"""What JSON escapes, and what it does not."""
PARTS = [
    f"{API}/{listed}?limit={limit}{order.format(sort)}"
    for (listed, sort), limit, order in product(
        (("projects", "createdAt"), ("retirements", "retiredAt")),
        (1, 100),
        ("", "&sort={}", "&sort=-{}"),
    )
]
MORE_CHANGES = {
    "labels": """INSERT INTO standard_labels (id, project_id, scheme, goals, valid_from, valid_until, source_url,
        source_dated, recorded_by, recorded_at, status, confirmed_by, confirmed_at)
        SELECT gen_random_uuid(), p.id, scheme, '{}', current_date - 1, current_date + days, 'https://example.org',
               current_date, p.developer_id, now(), 'confirmed', gen_random_uuid(), now()
          FROM projects p, (VALUES ('vcs', 0), ('iso_14064_2', 5), ('puro', -1), ('vcs', 9)) of (scheme, days)""",
    "days": "UPDATE standard_labels SET valid_from = current_date, valid_until = NULL WHERE scheme = 'puro'",
    "a correction": """INSERT INTO certificate_corrections
        SELECT gen_random_uuid(), retirement_id, repeat(md5(retirement_id::text), 2), '/purpose', NULL, E'a "b"', 'Typed wrongly.',
               now() FROM certificates""",
    "what made it good": "DELETE FROM reversal_coverings",
    "a record": "DELETE FROM chain_records",
    "a place": "UPDATE projects SET latitude = 0.000001, longitude = -5",
    "a moment": "UPDATE projects SET updated_at = '2026-01-01 12:00:00.000120+02'",
    "when an entry moved": "UPDATE credit_entries SET last_action_at = '2026-01-01 12:00:00+02'",
    "a round": "UPDATE verification_requests SET number = 2, monitoring_period = '[2024-01-01,2025-01-01)'",
}


@contextmanager
def nothing_ready(api: Api) -> Iterator[None]:
    ready = api.app.state.fragments
    api.app.state.fragments = None
    yield
    api.app.state.fragments = ready


async def told(api: Api, address: str) -> tuple[int, dict[str, str], bytes]:
    answer = await api.client.get(address, headers={"X-Request-Id": "the-same"})
    headers = {name: value for name, value in answer.headers.items() if name not in OF_EACH_REQUEST}
    return answer.status_code, headers, answer.content.partition(b'"meta": {"timestamp"')[0]


async def whole(api: Api, address: str) -> list[tuple[int, dict[str, str], bytes]]:
    """The answer, and of a list every part that follows."""
    walked = [await told(api, address)]
    asked: str | None = address
    while asked:
        answer = (await api.client.get(asked)).json()
        asked = (answer.get("links") or {}).get("next")
        if asked:
            walked.append(await told(api, asked))
    return walked


async def test_what_is_ready_is_what_would_be_computed(api: Api) -> None:
    rows = RegistryRows(api.engine)
    first, second = [
        await rows.project(title=f"Kilns {ODD}", description=ODD, longitude=longitude)
        for longitude in ("-0.000003", "74.5")
    ]
    retirement = await rows.retirement(first, chain="confirmed", confirmations=3)
    await rows.retirement(second, beneficiary=None)
    await touch(api, first, retirement)
    async with api.engine.connect() as connection:
        serials = (await connection.execute(text("SELECT serial FROM credit_entries"))).scalars()
    ready = [
        *PARTS,
        f"{API}/retirements/{retirement}",
        *(f"{API}/credits/{serial}" for serial in serials),
    ]
    odd = [
        *(address for address in REFUSED if address.startswith(API)),
        *(f"{API}/retirements/{UUID(int=0)}", f"{API}/credits/KRB-1999-001-000001"),
        *(f"{API}/credits/krb-2024-001-000001", f"{API}/projects?limit=1&limit=2"),
        *(f"{API}/projects?q=kilns", f"{API}/projects?fields=id,title&limit=1", f"{API}/credits/é"),
        f"{API}/retirements/{retirement}?fields=id",
    ]

    for made_of, change in {"nothing": "SELECT 1", **CHANGES, **MORE_CHANGES}.items():
        async with api.engine.begin() as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            await connection.execute(text(change))
        asked = [*ready, *odd] if made_of == "nothing" else ready[::5]
        found = {address: await whole(api, address) for address in asked}
        with nothing_ready(api):
            computed = {address: await whole(api, address) for address in asked}
        assert found == computed, made_of
        assert await fragments_that_differ(api.engine) == [], made_of


async def test_each_costs_one_statement(api: Api) -> None:
    rows = RegistryRows(api.engine)
    project = await rows.project()
    retirement = await rows.retirement(project)
    for address in (
        *(f"{API}/projects", f"{API}/retirements?limit=3", f"{API}/retirements/{retirement}"),
        f"{API}/credits/{project.serial(1)}",
    ):
        async with api.counting_queries() as sent:
            answer = await api.client.get(address)
        tag = {"If-None-Match": answer.headers["etag"]}
        again = await api.client.get(address, headers=tag)

        assert (len(sent), answer.status_code, again.status_code) == (1, 200, 304), address


async def test_what_postgresql_has_not_ready_is_computed(api: Api) -> None:
    project = await RegistryRows(api.engine).project()
    address = f"{API}/credits/{project.serial(1)}"
    before = (await api.client.get(address)).content
    async with api.engine.begin() as connection:
        await connection.execute(text("DELETE FROM public_fragments"))

    assert (await api.client.get(address)).content == before
