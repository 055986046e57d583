"""What was issued in error and what was cancelled, with the reasons, for everybody."""

from collections.abc import AsyncIterator, Mapping, Sequence
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.postgres.credits.reads.notices import cancellations as reads_cancellations
from adapters.postgres.credits.reads.notices import issuance_corrections as reads_corrections
from adapters.postgres.credits.reads.notices.cancellations import CancellationView
from adapters.postgres.credits.reads.notices.issuance_corrections import IssuanceCorrectionView
from adapters.postgres.queries import PageRequest, Position
from api.commands.credits import issuance_corrections as commands
from api.http.cursors import read_cursor, write_cursor
from api.http.downloads.csv_lines import csv_lines
from api.http.resources import reading, resources
from api.pages.parts.formats import rfc3339
from api.pages.parts.rendering import render
from api.pages.parts.routing import PageMissing, page_router, plain
from api.pages.parts.session import person_of
from domain.accounts.roles import Permission
from domain.credits.obligation import ObligationStatus
from domain.errors import NotFound
from domain.quantities import format_tonnes

SHOWN = 25
CSV_ROWS_AT_ONCE = 500

router = page_router()


@router.get("/corrections")
async def corrections(
    request: Request, project: str = "", corrections: str = "", cancellations: str = ""
) -> Response:
    """Both lists; each is paged by its own cursor."""
    project_id = _id(project)
    of_corrections = PageRequest(SHOWN, after=read_cursor(plain(corrections)))
    of_cancellations = PageRequest(SHOWN, after=read_cursor(plain(cancellations)))
    async with reading(request) as connection:
        corrected = await reads_corrections.issuance_corrections_page(
            connection, project_id, of_corrections
        )
        cancelled = await reads_cancellations.cancellations_page(
            connection, project_id, of_cancellations
        )
    filters = {"project": str(project_id)} if project_id else {}
    last, last_cancelled = (
        of_corrections.last_shown(corrected),
        of_cancellations.last_shown(cancelled),
    )
    return render(
        request,
        "public/assurance/corrections.html",
        corrected=of_corrections.shown(corrected),
        cancelled=of_cancellations.shown(cancelled),
        project_id=project_id,
        csv_of_corrections=_with("/corrections.csv", filters),
        csv_of_cancellations=_with("/cancellations.csv", filters),
        json_of_corrections=_with("/api/v1/registry/corrections", _for_api(filters)),
        json_of_cancellations=_with("/api/v1/registry/cancellations", _for_api(filters)),
        more_corrected=_with(
            "/corrections", {**filters, "corrections": write_cursor((last.recorded_at, last.id))}
        )
        if last
        else None,
        more_cancelled=_with(
            "/corrections",
            {
                **filters,
                "cancellations": write_cursor((last_cancelled.cancelled_at, last_cancelled.id)),
            },
        )
        + "#cancellations"
        if last_cancelled
        else None,
        first_link=_with("/corrections", filters)
        if of_corrections.after or of_cancellations.after
        else None,
    )


@router.get("/corrections.csv")
async def corrections_as_csv(request: Request, project: str = "") -> Response:
    """All of them, the newest first; RFC 4180, in UTF-8."""
    headers = {"Content-Disposition": 'attachment; filename="corrections.csv"'}
    return StreamingResponse(
        _corrections_csv(request, _id(project)),
        media_type="text/csv; charset=utf-8",
        headers=headers,
    )


@router.get("/cancellations.csv")
async def cancellations_as_csv(request: Request, project: str = "") -> Response:
    """All of them, the newest first; RFC 4180, in UTF-8."""
    headers = {"Content-Disposition": 'attachment; filename="cancellations.csv"'}
    return StreamingResponse(
        _cancellations_csv(request, _id(project)),
        media_type="text/csv; charset=utf-8",
        headers=headers,
    )


@router.get("/corrections/{correction_id}")
async def correction(request: Request, correction_id: UUID) -> Response:
    try:
        whole = await commands.issuance_correction(resources(request), correction_id)
    except NotFound:
        raise PageMissing("correction") from None
    person = person_of(request)
    is_owed = whole.correction.status != ObligationStatus.SETTLED.value
    return render(
        request,
        "public/assurance/correction.html",
        correction=whole.correction,
        cancellations=whole.cancellations,
        may_hand_in=is_owed and person is not None and person.account.may(Permission.MAKE_GOOD),
        done=request.query_params.get("done") == "handed-in",
    )


async def _corrections_csv(request: Request, project_id: UUID | None) -> AsyncIterator[str]:
    columns = ("id", "project_id", "project", "round", "vintage", "tonnes", "cancelled_tonnes")
    yield csv_lines(
        [(*columns, "replaced_tonnes", "owed_tonnes", "status", "due_at", "recorded_at", "reason")]
    )
    after: Position | None = None
    while True:
        page = PageRequest(CSV_ROWS_AT_ONCE, after=after)
        async with reading(request) as connection:
            rows = await reads_corrections.issuance_corrections_page(connection, project_id, page)
        yield csv_lines(_correction_row(row) for row in page.shown(rows))
        last = page.last_shown(rows)
        if last is None:
            return
        after = (last.recorded_at, last.id)


async def _cancellations_csv(request: Request, project_id: UUID | None) -> AsyncIterator[str]:
    columns = ("transaction_id", "serial", "project_id", "project", "vintage", "tonnes")
    yield csv_lines([(*columns, "cancelled_for", "cancelled_at", "reason")])
    after: Position | None = None
    while True:
        page = PageRequest(CSV_ROWS_AT_ONCE, after=after)
        async with reading(request) as connection:
            rows = await reads_cancellations.cancellations_page(connection, project_id, page)
        yield csv_lines(_cancellation_row(row) for row in page.shown(rows))
        last = page.last_shown(rows)
        if last is None:
            return
        after = (last.cancelled_at, last.id)


def _correction_row(row: IssuanceCorrectionView) -> Sequence[object]:
    quantities = (
        row.quantity_units,
        row.cancelled_units,
        row.handed_in_units,
        row.still_owed_units,
    )
    due_at = rfc3339(row.due_at) if row.due_at else None
    return (
        *(row.id, row.project_id, row.project_title, row.round_number, row.vintage),
        *map(format_tonnes, quantities),
        *(row.status, due_at, rfc3339(row.recorded_at), row.reason),
    )


def _cancellation_row(row: CancellationView) -> Sequence[object]:
    return (
        *(row.id, row.serial, row.project_id, row.project_title, row.vintage),
        *(format_tonnes(row.quantity_units), row.cancelled_for, rfc3339(row.cancelled_at)),
        row.reason,
    )


def _for_api(filters: Mapping[str, str]) -> Mapping[str, str]:
    return {"projectId": filters["project"]} if filters else {}


def _with(address: str, values: Mapping[str, str]) -> str:
    return f"{address}?{urlencode(values)}" if values else address


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None
