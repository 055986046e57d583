"""What was read and refused stands in the audit log, and staff find it by who, what, when and from where."""

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import select

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import audit_queue
from domain.projects.documents import Disclosure, DocumentStatus, DocumentType
from tests.api.caller import Api, told
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, document, pending, project

LOG = "/api/v1/audit-logs"


async def chained(api: Api) -> None:
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.audit.chain_queued(1000)


async def queued(api: Api) -> list[tuple[Any, ...]]:
    async with api.engine.connect() as connection:
        c = audit_queue.c
        rows = await connection.execute(
            select(c.event_type, c.user_id, c.resource_type, c.resource_id, c.changes).order_by(
                c.id
            )
        )
        return [(*row[:-1], row.changes["after"]) for row in rows]


async def search(api: Api, headers: dict[str, str], **filters: Any) -> list[dict[str, Any]]:
    answer = await api.client.get(LOG, headers=headers, params=filters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_a_refusal_is_noted_with_who_and_which_address(api: Api) -> None:
    headers = await api.signed_in(BUYER)

    await api.client.get(f"/api/v1/users/{DEVELOPER.id}", headers=headers)
    await api.client.get("/api/v1/me", headers=headers)
    await api.client.get("/api/v1/users")

    assert await queued(api) == [
        (
            *("access.refused", BUYER.id, "account", BUYER.id),
            {"method": "GET", "address": "/users/{user_id}"},
        )
    ]


async def test_reading_somebody_elses_personal_data_is_noted_and_ones_own_is_not(api: Api) -> None:
    headers = await api.signed_in(ADMINISTRATOR)

    await api.client.get(f"/api/v1/users/{DEVELOPER.id}", headers=headers)
    await api.client.get(f"/api/v1/users/{ADMINISTRATOR.id}", headers=headers)
    listed = await api.client.get("/api/v1/users?limit=3", headers=headers)

    shown = [one["id"] for one in listed.json()["data"]]
    assert await queued(api) == [
        ("account.read", ADMINISTRATOR.id, "account", DEVELOPER.id, None),
        (
            *("account.listed", ADMINISTRATOR.id, "account", ADMINISTRATOR.id),
            {"accountIds": [id for id in shown if id != str(ADMINISTRATOR.id)]},
        ),
    ]


async def test_a_confidential_document_is_noted_when_it_is_downloaded_and_a_public_one_is_not(
    api: Api,
) -> None:
    kept = [
        document(status=DocumentStatus.COMPLETED, disclosure=Disclosure.PUBLIC),
        document(
            DocumentType.OTHER, status=DocumentStatus.COMPLETED, disclosure=Disclosure.CONFIDENTIAL
        ),
    ]
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.projects.projects.add(project())
        await work.projects.verifications.add(pending())
        for one in kept:
            await work.projects.documents.add(one)
    headers = await api.signed_in(DEVELOPER)

    for one in kept:
        answer = await api.client.get(f"/api/v1/documents/{one.id}/content", headers=headers)
        assert answer.status_code == 302, answer.text

    confidential = kept[1]
    assert await queued(api) == [
        (
            *("document.downloaded", DEVELOPER.id, "document", confidential.id),
            {"disclosure": "confidential", "sha256": confidential.sha256},
        )
    ]


async def test_staff_search_by_each_filter_and_go_on_by_cursor(api: Api) -> None:
    buyer, staff = await api.signed_in(BUYER), await api.signed_in(ADMINISTRATOR)
    for _ in range(3):
        await api.client.get("/api/v1/users", headers=buyer | {"User-Agent": "Firefox/140.0"})
    await api.client.get(f"/api/v1/users/{DEVELOPER.id}", headers=staff)
    await chained(api)
    found = {
        name: [entry["seq"] for entry in await search(api, staff, **{name: value})]
        for name, value in {
            "user": str(BUYER.id),
            "eventType": "access",
            "resource": str(DEVELOPER.id),
            "resourceType": "account",
            "network": "127.0.0.0/24",
            "browser": "Firefox",
            "from": "2100-01-01T00:00:00Z",
            "to": "2100-01-01T00:00:00Z",
        }.items()
    }
    whole = await search(api, staff, eventType="account.read", user=str(ADMINISTRATOR.id))
    first = await api.client.get(f"{LOG}?limit=3", headers=staff)
    rest = await api.client.get(first.json()["links"]["next"], headers=staff)

    assert found == {
        "user": [3, 2, 1],
        "eventType": [3, 2, 1],
        "resource": [4],
        "resourceType": [4, 3, 2, 1],
        "network": [4, 3, 2, 1],
        "browser": [3, 2, 1],
        "from": [],
        "to": [4, 3, 2, 1],
    }
    assert [entry["seq"] for part in (first, rest) for entry in part.json()["data"]] == [4, 3, 2, 1]
    assert whole[0]["source"] == {
        "network": "127.0.0.0/24",
        "browser": "Python",
        "apiKeyId": None,
    }
    assert (whole[0]["before"], whole[0]["after"], whole[0]["changes"]) == (None, None, {})


async def test_the_log_is_taken_away_as_csv_and_as_json_lines(api: Api) -> None:
    buyer, staff = await api.signed_in(BUYER), await api.signed_in(ADMINISTRATOR)
    for _ in range(2):
        await api.client.get("/api/v1/users", headers=buyer)
    await chained(api)

    rows = await api.client.get(f"{LOG}/download?user={BUYER.id}", headers=staff)
    lines = await api.client.get(f"{LOG}/download?format=jsonl", headers=staff)

    table = list(csv.DictReader(io.StringIO(rows.text)))
    parsed = [json.loads(line) for line in lines.text.splitlines()]
    assert [row["seq"] for row in table] == ["2", "1"]
    assert [json.loads(row["changes"]) for row in table] == [line["changes"] for line in parsed]
    assert rows.headers["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
    taken = [row for row in await queued(api) if row[0] == "audit_log.downloaded"]
    assert [row[-1] for row in taken] == [{"filter": {"user_id": str(BUYER.id)}}, {"filter": {}}]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("user=x", "user"),
        ("resource=1", "resource"),
        ("from=yesterday", "from"),
        ("to=2026-03-01", "to"),
        ("cursor=x", "cursor"),
        ("limit=0", "limit"),
        ("kind=x", "kind"),
    ],
)
async def test_a_filter_that_is_none_is_refused(api: Api, query: str, place: str) -> None:
    answer = await api.client.get(f"{LOG}?{query}", headers=await api.signed_in(ADMINISTRATOR))

    assert answer.status_code == 400
    assert told(answer)[0][1] == place


@pytest.mark.parametrize("path", [LOG, f"{LOG}/download", f"{LOG}/1"])
async def test_the_log_is_for_staff_alone(api: Api, path: str) -> None:
    refused = await api.client.get(path, headers=await api.signed_in(DEVELOPER))
    nobody = await api.client.get(path)

    assert (refused.status_code, nobody.status_code) == (403, 401)
