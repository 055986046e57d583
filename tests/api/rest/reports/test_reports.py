"""Reports by calls: whose they are, what is refused, and a regulator's access from its code to its end."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import audit_queue, report_accesses, report_readings
from domain.accounts.roles import Account
from domain.reports.reports import Report, ReportKind, ReportTerms, end_of
from tests.api.caller import Api, told
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, VERIFIER, named

SHA256 = "ab" * 32
DAY = date(2025, 12, 31)


async def kept(api: Api, *, account_id: UUID | None = None) -> Report:
    """One that was made; only its manifest matters here."""
    kind = ReportKind.HOLDINGS if account_id else ReportKind.RETIREMENTS
    manifest = json.dumps(
        {"files": [{"name": "a.csv", "table": "a", "rows": 1, "bytes": 2, "sha256": SHA256}]}
    ).encode()
    report = Report(
        id=named(f"report of {account_id}"),
        terms=ReportTerms(kind, DAY, DAY, end_of(DAY), account_id),
        version=1,
        made_at=datetime(2026, 1, 2, tzinfo=UTC),
        made_by=ADMINISTRATOR.id,
        manifest=manifest,
        sha256=hashlib.sha256(manifest).hexdigest(),
        public_key="cd" * 32,
        signature="ef" * 64,
    )
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.reports.add(report)
    return report


async def ask(
    api: Api, method: str, path: str, account: Account | None, body: Any = None
) -> httpx.Response:
    headers = await api.signed_in(account) if account else {}
    return await api.client.request(method, f"/api/v1{path}", json=body, headers=headers)


def access(**changes: Any) -> dict[str, Any]:
    expires_at = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    return {
        "authority": "Ministry of the Environment, Nairobi",
        "purpose": "Annual review",
        "expiresAt": expires_at,
    } | changes


async def test_staff_read_all_reports_and_a_holder_their_own_statement(api: Api) -> None:
    of_all, of_buyer = await kept(api), await kept(api, account_id=BUYER.id)

    seen = {}
    for account in (ADMINISTRATOR, BUYER, DEVELOPER, VERIFIER):
        listed = (await ask(api, "GET", "/reports", account)).json()["data"]
        seen[account.role] = {row["id"] for row in listed}
        for report in (of_all, of_buyer):
            found = await ask(api, "GET", f"/reports/{report.id}", account)
            assert found.status_code == (200 if str(report.id) in seen[account.role] else 404)

    everything = {str(of_all.id), str(of_buyer.id)}
    assert list(seen.values()) == [everything, {str(of_buyer.id)}, set(), set()]


async def test_a_manifest_is_read_byte_for_byte_and_each_reading_is_noted(api: Api) -> None:
    report = await kept(api)

    manifest = await ask(api, "GET", f"/reports/{report.id}/manifest.json", ADMINISTRATOR)
    file = await ask(api, "GET", f"/reports/{report.id}/files/a.csv", ADMINISTRATOR)
    missing = await ask(api, "GET", f"/reports/{report.id}/files/b.csv", ADMINISTRATOR)

    assert manifest.content == report.manifest
    assert (file.status_code, missing.status_code) == (302, 404)
    assert f"reports/{SHA256}" in file.headers["location"]
    async with api.engine.connect() as connection:
        noted = await connection.execute(select(audit_queue.c.event_type))
        assert list(noted.scalars()) == ["report.read", "report.read"]


@pytest.mark.parametrize(
    ("account", "body", "expected"),
    [
        (BUYER, {"kind": "audit"}, ("AUTHORIZATION_ERROR", None)),
        (BUYER, {"kind": "holdings", "accountId": str(DEVELOPER.id)}, ("AUTHORIZATION_ERROR", None)),
        (VERIFIER, {"kind": "buffer"}, ("AUTHORIZATION_ERROR", None)),
        (ADMINISTRATOR, {"kind": "taxes"}, ("VALIDATION_ERROR", "/kind")),
        (ADMINISTRATOR, {"kind": "article_6"}, ("VALIDATION_ERROR", "/party")),
        (ADMINISTRATOR, {"kind": "article_6", "party": "Atlantis"}, ("VALIDATION_ERROR", "/party")),
        (ADMINISTRATOR, {"kind": "buffer", "party": "KEN"}, ("VALIDATION_ERROR", "/party")),
        (ADMINISTRATOR, {"kind": "buffer", "firstDay": "2025-12-32"}, ("VALIDATION_ERROR", "/firstDay")),
        (ADMINISTRATOR, {"kind": "buffer", "firstDay": "2026-01-01"}, ("VALIDATION_ERROR", "/lastDay")),
        (ADMINISTRATOR, {"kind": "buffer", "lastDay": "9999-12-31"}, ("VALIDATION_ERROR", "/lastDay")),
        (ADMINISTRATOR, {"kind": "buffer", "knownAt": "2025-01-01T00:00:00Z"}, ("VALIDATION_ERROR", "/knownAt")),
        (ADMINISTRATOR, {"kind": "holdings", "accountId": str(named("nobody"))}, ("VALIDATION_ERROR", "/accountId")),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_for_is_refused_with_its_field(
    api: Api, account: Account, body: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    answer = await ask(
        api, "POST", "/reports", account, {"firstDay": "2025-12-01", "lastDay": "2025-12-31"} | body
    )

    assert expected in [(code, place) for code, place, _ in told(answer)]


async def test_a_code_opens_one_report_until_it_is_revoked_and_each_reading_counts(
    api: Api,
) -> None:
    report = await kept(api)
    given = await ask(api, "POST", f"/reports/{report.id}/accesses", ADMINISTRATOR, access())
    data = given.json()["data"]
    code = {"code": data["code"]}

    opened = await ask(api, "POST", "/report-access", None, code)
    file = await ask(api, "POST", "/report-access/files", None, code | {"file": "a.csv"})
    listed = await ask(api, "GET", f"/reports/{report.id}/accesses", ADMINISTRATOR)
    revoked = await ask(api, "POST", f"/report-accesses/{data['id']}/revoke", ADMINISTRATOR)
    refused = await ask(api, "POST", "/report-access", None, code)

    assert (given.status_code, given.headers["cache-control"]) == (201, "no-store")
    assert opened.json()["data"]["manifest"] == report.manifest.decode()
    assert f"reports/{SHA256}" in file.json()["data"]["url"]
    ((row),) = listed.json()["data"]
    assert (row["readings"], "code" in row) == (2, False)
    assert (revoked.status_code, refused.status_code) == (204, 403)
    async with api.engine.connect() as connection:
        stored = (await connection.execute(select(report_accesses))).one()
        files = (await connection.execute(select(report_readings.c.file))).scalars().all()
        entries = await connection.scalars(text("SELECT event_type FROM audit_logs ORDER BY seq"))
        assert list(entries) == [
            *("report_access.granted", "report_access.read", "report_access.read"),
            "report_access.revoked",
        ]
    assert data["code"] not in str(stored)
    assert set(files) == {None, "a.csv"}


async def test_an_access_ends_by_itself_and_its_code_is_told_once(api: Api) -> None:
    report = await kept(api)
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "once"}
    path = f"/api/v1/reports/{report.id}/accesses"
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    body = access(expiresAt=soon)
    first = await api.client.post(path, json=body, headers=headers)
    again = await api.client.post(path, json=body, headers=headers)
    api.app.state.resources = replace(
        api.app.state.resources, clock=At(datetime.now(UTC) + timedelta(days=1))
    )

    late = await ask(api, "POST", "/report-access", None, {"code": first.json()["data"]["code"]})

    assert (first.status_code, again.status_code, late.status_code) == (201, 409, 403)


class At:
    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


@pytest.mark.parametrize("code", ["", "krr_", "krr_" + "A" * 43, "🌲" * 40, "krr_" + "A" * 5000])
async def test_what_was_never_given_opens_nothing(api: Api, code: str) -> None:
    answer = await ask(api, "POST", "/report-access", None, {"code": code})

    assert answer.status_code in {400, 404}
    assert told(answer)


@pytest.mark.parametrize("account", [BUYER, DEVELOPER, VERIFIER])
async def test_only_staff_open_a_report(api: Api, account: Account) -> None:
    report = await kept(api, account_id=account.id)

    answer = await ask(api, "POST", f"/reports/{report.id}/accesses", account, access())

    assert answer.status_code == 403


@pytest.mark.parametrize("days", [-1, 91])
async def test_an_access_is_for_a_time(api: Api, days: int) -> None:
    report = await kept(api)
    expires_at = (datetime.now(UTC) + timedelta(days=days)).isoformat()

    answer = await ask(
        api, "POST", f"/reports/{report.id}/accesses", ADMINISTRATOR, access(expiresAt=expires_at)
    )

    assert [(code, place) for code, place, _ in told(answer)] == [
        ("VALIDATION_ERROR", "/expiresAt")
    ]
