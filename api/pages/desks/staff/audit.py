"""The desk of staff for the audit log: who did or saw what, when, and from where (ADR 0070)."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.audit.reads import AuditFilter
from adapters.postgres.queries import PageRequest
from api.commands.audit.log import LOG_MEDIA_TYPES, LogFormat, search_log, take_log
from api.http.fields import MOMENT_MAX, MOMENT_MIN
from api.http.resources import resources
from api.http.responses import streamed_file
from api.pages.desks.actions import staff
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, plain
from domain.accounts.roles import Permission
from domain.audit.log import SOURCE_COMMITMENT, ChainedEntry

SHOWN = 50
SEQ_DIGITS_MAX = 18
FILTERS = ("user", "resourceType", "resource", "eventType", "network", "browser", "from", "to")

router = page_router()


@router.get("/staff/audit")
async def look(request: Request) -> Response:
    """Filters as `GET /audit-logs` has them, but days in place of moments; what is none is said so."""
    person = staff(request, Permission.SEE_EVERYTHING)
    asked = {name: plain(request.query_params.get(name, ""))[:100] for name in FILTERS}
    wanted, faults = _read(asked)
    before = request.query_params.get("before", "")
    is_number = before.isascii() and before.isdigit() and len(before) <= SEQ_DIGITS_MAX
    page = PageRequest(SHOWN, after=(int(before),) if is_number else None)
    rows = [] if faults else await search_log(resources(request), person.account, wanted, page)
    last = page.last_shown(rows)
    filters = {name: value for name, value in asked.items() if value}
    return render_response(
        request,
        "desks/staff/audit.html",
        status=400 if faults else 200,
        done=None,
        refused=None,
        faults=faults,
        asked=asked,
        is_filtered=bool(filters),
        entries=[_shown(row) for row in page.shown(rows)],
        next_link=f"/staff/audit?{urlencode({**filters, 'before': last.seq})}" if last else None,
        first_link=f"/staff/audit?{urlencode(filters)}" if page.after else None,
        downloads=[
            (
                format.value.upper(),
                f"/staff/audit/download?{urlencode({**filters, 'format': format})}",
            )
            for format in LogFormat
        ],
    )


@router.get("/staff/audit/download")
async def download(request: Request) -> Response:
    """As `GET /audit-logs/download`, for who is signed in on the pages."""
    person = staff(request, Permission.SEE_EVERYTHING)
    asked = {name: plain(request.query_params.get(name, ""))[:100] for name in FILTERS}
    wanted, faults = _read(asked)
    if faults:
        return await look(request)
    typed = request.query_params.get("format", "")
    format = LogFormat(typed) if typed in list(LogFormat) else LogFormat.CSV
    pieces = await take_log(resources(request), person.account, wanted, format)
    return streamed_file(
        pieces, media_type=LOG_MEDIA_TYPES[format], filename=f"audit-log.{format.value}"
    )


def _read(asked: Mapping[str, str]) -> tuple[AuditFilter, list[str]]:
    faults: list[str] = []

    def id_of(name: str, noun: str) -> UUID | None:
        try:
            return UUID(asked[name]) if asked[name] else None
        except ValueError:
            faults.append(f"{noun} must be an id, such as 3f1f3f4c-5f0e-4c6e-9a55-0d2c1f6f7a10.")
            return None

    def day_of(name: str, noun: str) -> date | None:
        if not asked[name]:
            return None
        try:
            day = date.fromisoformat(asked[name])
        except ValueError:
            day = date.min
        if not MOMENT_MIN.date() <= day <= MOMENT_MAX.date():
            faults.append(f"{noun} must be a day from 2000 to 2100, such as 2026-03-01.")
            return None
        return day

    first, last = day_of("from", "From"), day_of("to", "To")
    wanted = AuditFilter(
        user_id=id_of("user", "Account"),
        resource_type=asked["resourceType"] or None,
        resource_id=id_of("resource", "Resource"),
        event_type=asked["eventType"] or None,
        network=asked["network"] or None,
        browser=asked["browser"] or None,
        since=_begins(first) if first else None,
        until=_begins(last) + timedelta(days=1) if last else None,
    )
    return wanted, faults


def _begins(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _shown(chained: ChainedEntry) -> dict[str, Any]:
    source = chained.entry.source or {}
    changes = {
        name: value
        for name, value in chained.entry.changes.items()
        if name != SOURCE_COMMITMENT and value is not None
    }
    return {
        "seq": chained.seq,
        "entry": chained.entry,
        "source": [source[name] for name in ("network", "browser") if source.get(name) is not None]
        + (["by API key"] if source.get("apiKeyId") else []),
        "changes": json.dumps(changes, ensure_ascii=False, indent=1) if changes else "",
    }
