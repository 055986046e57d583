"""
One document shown in its place: a PDF by the browser's own viewer, a picture, a table with its series.

PDFs and pictures come from the storage's own origin, which the page's policy names and no other page's
does. No browser shows a PDF in a frame with `sandbox`; what keeps it from the page is that origin.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.ingestion.first_rows import FirstRows, first_rows
from adapters.postgres.projects.reads.documents import DocumentView
from adapters.postgres.projects.reads.findings import findings_page
from adapters.postgres.queries import PageRequest
from api.commands.projects import documents as commands
from api.http.resources import reading, resources
from api.pages.desks.raising_findings import raising
from api.pages.desks.verifier.access import ADDRESS, Review, assigned_review, verifier
from api.pages.desks.verifier.series import Series, series_in
from api.pages.parts.forms import FormNotTaken
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from api.pages.parts.security import policy_showing
from domain.errors import Conflict, Forbidden, NotFound
from domain.ingestion.submissions import UnreadableFile
from domain.projects.documents import Document, DocumentStatus

FINDINGS_SHOWN = 20
ROWS_SHOWN = 50
COLUMNS_SHOWN = 20
CELL_CHARACTERS_MAX = 200
TEXT_CHARACTERS_MAX = 20_000
_ROWS_READ = 2_000
_BEGINNING_BYTES = 512 * 1024
_WORKBOOK_BYTES_MAX = 5 * 1024 * 1024
_PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TABLES = frozenset({"text/csv", "text/tab-separated-values", "application/csv", _WORKBOOK})
_TEXTS = frozenset({"text/plain", "text/markdown", "application/json"})
_AWAY = "The storage of documents does not answer at the moment. Load the page again."

router = page_router()


@dataclass(frozen=True)
class Shown:
    """
    What is seen of a document: `kind` is pdf, picture, table, text or nothing.

    `address` is where the browser has it from, good for a minute; `why_not` says why nothing is seen.
    """

    kind: str
    address: str | None = None
    text: str = ""
    rows: Sequence[Sequence[str]] = ()
    goes_on: bool = False
    sheet: str | None = None
    series: Sequence[Series] = field(default=())
    why_not: str | None = None


@router.get(f"{ADDRESS}/{{verification_id}}/documents/{{document_id}}")
async def look(request: Request, verification_id: UUID, document_id: UUID) -> Response:
    return await document_page(request, verification_id, document_id)


@router.get(f"{ADDRESS}/{{verification_id}}/documents/{{document_id}}/content")
async def download(request: Request, verification_id: UUID, document_id: UUID) -> Response:
    """Leads to the bytes, to be saved."""
    account = verifier(request).account
    await _document(request, await assigned_review(request, verification_id), document_id)
    try:
        return see_other(await commands.document_content(resources(request), account, document_id))
    except (NotFound, Conflict):
        raise PageMissing("document") from None


async def document_page(
    request: Request, verification_id: UUID, document_id: UUID, refused: FormNotTaken | None = None
) -> Response:
    """With what was found of it; `refused`: a finding of it that was not raised."""
    review = await assigned_review(request, verification_id)
    account = verifier(request).account
    view = await _document(request, review, document_id)
    shown = await _shown(request, view)
    async with reading(request) as connection:
        page = PageRequest(FINDINGS_SHOWN, newest_first=False)
        findings = await findings_page(connection, verification_id, page, document_id=document_id)
    answer = render_response(
        request,
        "desks/verifier/document.html",
        status=refused.status if refused else 200,
        review=review,
        document=view.document,
        is_mine=view.document.uploaded_by == account.id,
        shown=shown,
        findings=page.shown(findings),
        more=page.last_shown(findings) is not None,
        **await raising(
            request, review.view.verification, account, refused, document_id=view.document.id
        ),
        fields=(),
    )
    if shown.address is not None:
        policy = policy_showing(resources(request).object_store.origin)
        answer.headers["Content-Security-Policy"] = policy
    return answer


async def _document(request: Request, review: Review, document_id: UUID) -> DocumentView:
    account = verifier(request).account
    try:
        view = await commands.visible_document(resources(request), account, document_id)
    except NotFound:
        raise PageMissing("document") from None
    if view.document.verification_id != review.view.verification.id:
        raise PageMissing("document")
    return view


async def _shown(request: Request, view: DocumentView) -> Shown:
    document = view.document
    if document.status is not DocumentStatus.COMPLETED:
        return Shown("nothing", why_not="Its upload has not been completed yet.")
    kind = _kind(document)
    try:
        match kind:
            case "nothing":
                sentence = f"Files of the type {document.mime_type} cannot be shown here."
                return Shown(kind, why_not=sentence)
            case "pdf" | "picture":
                return await _framed(request, view, kind)
        return await _read(request, view, kind)
    except Forbidden as kept:
        return Shown("nothing", why_not=kept.detail)
    except UnreadableFile as unreadable:
        return Shown("nothing", why_not=unreadable.detail)


async def _framed(request: Request, view: DocumentView, kind: str) -> Shown:
    account, media_type = verifier(request).account, view.document.mime_type
    address = await commands.document_view_address(
        resources(request),
        account,
        view,
        content_type="application/pdf" if kind == "pdf" else media_type,
    )
    return Shown(kind, address)


async def _read(request: Request, view: DocumentView, kind: str) -> Shown:
    document, account = view.document, verifier(request).account
    most = _WORKBOOK_BYTES_MAX if _is_workbook(document) else _BEGINNING_BYTES
    content = await commands.document_beginning(resources(request), account, view, most=most)
    if content is None:
        raise UnreadableFile(_AWAY)
    is_whole = len(content) >= document.file_size
    if kind == "table":
        return await asyncio.to_thread(_table, content, is_whole)
    text = content.decode("utf-8", "replace")
    goes_on = not is_whole or len(text) > TEXT_CHARACTERS_MAX
    return Shown(kind, text=text[:TEXT_CHARACTERS_MAX], goes_on=goes_on)


def _table(content: bytes, is_whole: bool) -> Shown:
    read: FirstRows = first_rows(content, is_whole=is_whole, most=_ROWS_READ)
    return Shown(
        "table",
        rows=[[_cell(cell) for cell in row[:COLUMNS_SHOWN]] for row in read.rows[:ROWS_SHOWN]],
        goes_on=read.goes_on
        or len(read.rows) > ROWS_SHOWN
        or any(len(row) > COLUMNS_SHOWN for row in read.rows[:ROWS_SHOWN]),
        sheet=read.sheet,
        series=series_in(read.rows),
    )


def _cell(cell: Any) -> str:
    text = "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)
    return text if len(text) <= CELL_CHARACTERS_MAX else f"{text[:CELL_CHARACTERS_MAX]}…"


def _kind(document: Document) -> str:
    media_type = document.mime_type.partition(";")[0].strip().lower()
    if media_type == "application/pdf":
        return "pdf"
    if media_type in _PICTURES:
        return "picture"
    name = document.name.lower()
    if media_type in _TABLES or name.endswith((".csv", ".tsv", ".xlsx")):
        return "table"
    return "text" if media_type in _TEXTS else "nothing"


def _is_workbook(document: Document) -> bool:
    return document.mime_type == _WORKBOOK or document.name.lower().endswith(".xlsx")
