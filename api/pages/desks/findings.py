"""
Findings of a round, for both sides: the list, and one with its thread.

Its verifier raises, closes and reopens; the supplier replies, and so may the verifier; staff read.
"""

import hashlib
import mimetypes
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads import findings as reads_findings
from adapters.postgres.projects.reads.findings import FindingView
from adapters.postgres.queries import PageRequest
from api.commands.projects import findings as commands
from api.commands.projects.documents import DocumentAnnouncement, is_readable, send_document
from api.commands.projects.verification import visible_verification
from api.http.cursors import read_cursor, write_cursor
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import somebody
from api.pages.desks.raising_findings import Words, is_verifier, raising
from api.pages.desks.typed_forms import FAILURES, Typed, faults_of, not_taken
from api.pages.parts.forms import SentFile, read_form_with_file
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, plain, see_other
from domain.accounts.roles import Account, Role
from domain.errors import NotFound
from domain.projects.documents import Document, DocumentType, may_read
from domain.projects.findings import FIELDS, FindingSide
from domain.projects.verification import Verification
from domain.publishing.disclosure import DOCUMENT_KINDS

SHOWN = 30
ATTACHABLE_SHOWN = 20
NAME_LENGTH_MAX = 255
_FORM_FIELDS_MAX = 10 + ATTACHABLE_SHOWN
_ATTACH = "attach-"

router = page_router()


class MessageForm(RequestSchema):
    text: Words


@router.get("/desk/verifications/{verification_id}/findings")
async def look(request: Request, verification_id: UUID) -> Response:
    return await findings_list(request, verification_id)


@router.get("/desk/findings/{finding_id}")
async def look_at_one(request: Request, finding_id: UUID) -> Response:
    return await _thread(request, finding_id)


@router.post("/desk/findings/{finding_id}/{act}")
async def write(request: Request, finding_id: UUID, act: str) -> Response:
    """Reply (with documents of the round, or a new one), close or reopen."""
    person = somebody(request)
    view = await _visible(request, person.account, finding_id)
    typed, file = await read_form_with_file(request, "file", fields_max=_FORM_FIELDS_MAX)
    if act not in ("reply", "close", "reopen"):
        raise PageMissing("page")
    try:
        text = MessageForm(text=typed.get("text", "")).text
    except ValidationError as error:
        return await _thread(request, finding_id, Typed(400, act, typed, faults_of(error)))
    try:
        await _write(request, person.account, view, act, text, typed, file)
    except FAILURES as no:
        return await _thread(request, finding_id, not_taken(no, act, typed))
    return see_other(f"/desk/findings/{finding_id}?done={act}")


async def findings_list(
    request: Request, verification_id: UUID, refused: Typed | None = None
) -> Response:
    """All of a round by number; with the form for its verifier while it is in review."""
    account = somebody(request).account
    try:
        view = await visible_verification(resources(request), account, verification_id)
    except NotFound:
        raise PageMissing("verification") from None
    cursor = request.query_params.get("cursor")
    page = PageRequest(SHOWN, newest_first=False, after=read_cursor(cursor) if cursor else None)
    async with reading(request) as connection:
        found = await reads_findings.findings_page(connection, verification_id, page)
    shown = page.shown(found)
    last = page.last_shown(found)
    address = f"/desk/verifications/{verification_id}/findings"
    return render_response(
        request,
        "desks/findings.html",
        status=refused.status if refused else 200,
        round=view.verification,
        counts=view.findings,
        findings=shown,
        names=await document_names(request, account, shown),
        is_verifier=is_verifier(account, view.verification),
        next_link=f"{address}?cursor={write_cursor((last.finding.raised_at, last.finding.id))}"
        if last
        else None,
        first_link=address if page.after else None,
        **raising(view.verification, account, refused),
        document=None,
        fields=sorted(FIELDS),
    )


async def document_names(
    request: Request,
    account: Account,
    findings: Collection[FindingView],
    *,
    more: Collection[UUID] = (),
) -> Mapping[UUID, str]:
    """By id, of `more` documents and those that findings name; their type where the name is not for the reader."""
    wanted = (
        {*more}
        | {one.finding.about.document_id for one in findings}
        | {
            attached
            for one in findings
            for message in one.finding.thread
            for attached in message.attachments
        }
    )
    async with reading(request) as connection:
        found = await reads_documents.documents_by_id(
            connection, {one for one in wanted if one is not None}, account=account
        )
    return {
        id: view.document.name
        if is_readable(view, account)
        else view.document.document_type.replace("_", " ")
        for id, view in found.items()
    }


async def _visible(request: Request, account: Account, finding_id: UUID) -> FindingView:
    try:
        return await commands.visible_finding(resources(request), account, finding_id)
    except NotFound:
        raise PageMissing("finding") from None


async def _thread(request: Request, finding_id: UUID, refused: Typed | None = None) -> Response:
    account = somebody(request).account
    view = await _visible(request, account, finding_id)
    verification = (
        await visible_verification(resources(request), account, view.finding.verification_id)
    ).verification
    side = _side(account, verification)
    attachable: Sequence[Document] = ()
    if side is not None and not verification.is_decided:
        page = PageRequest(ATTACHABLE_SHOWN)
        async with reading(request) as connection:
            found = await reads_documents.round_documents_page(connection, verification.id, page)
        people: Any = {
            "developer_id": verification.developer_id,
            "verifier_id": verification.verifier_id,
        }
        attachable = [one for one in page.shown(found) if may_read(account, one, **people)]
    done = request.query_params.get("done", "")
    return render_response(
        request,
        "desks/finding.html",
        status=refused.status if refused else 200,
        finding=view.finding,
        view=view,
        round=verification,
        side=side,
        acts=_acts(view, verification, side),
        names=await document_names(request, account, [view]),
        attachable=attachable,
        refused=refused,
        act=refused.act if refused else "",
        typed=refused.typed if refused else {},
        faults=refused.faults if refused else {},
        key=(refused.key if refused else "") or str(uuid4()),
        done=None if refused else _DONE.get(done),
    )


_DONE = {
    "raise": "The finding is raised, and the supplier is notified.",
    "reply": "Your reply stands in the thread, and the other side is notified.",
    "close": "The finding is closed, and the supplier is notified.",
    "reopen": "The finding is open again, and the supplier is notified.",
}


def _side(account: Account, verification: Verification) -> FindingSide | None:
    if is_verifier(account, verification):
        return FindingSide.VERIFIER
    if account.role is Role.DEVELOPER and account.acts_for == verification.developer_id:
        return FindingSide.SUPPLIER
    return None


def _acts(
    view: FindingView, verification: Verification, side: FindingSide | None
) -> tuple[str, ...]:
    """What of reply, close and reopen there is a form for; the rules have the last word."""
    if side is None or verification.is_decided:
        return ()
    if view.finding.is_closed:
        return ("reopen",) if side is FindingSide.VERIFIER else ()
    return ("reply", "close") if side is FindingSide.VERIFIER else ("reply",)


async def _write(
    request: Request,
    account: Account,
    view: FindingView,
    act: str,
    text: str,
    typed: Mapping[str, str],
    file: SentFile | None,
) -> None:
    parts, finding_id = resources(request), view.finding.id
    key = typed.get("key") or str(uuid4())
    if act == "close":
        await commands.close_finding(parts, account, key, finding_id, note=text)
        return
    if act == "reopen":
        await commands.reopen_finding(parts, account, key, finding_id, text=text)
        return
    attached = [_id(name) for name in typed if name.startswith(_ATTACH)]
    if file is not None:
        attached.append(await _attach(request, account, view, key, file))
    await commands.reply_to_finding(
        parts, account, key, finding_id, text=text, attachments=tuple(attached)
    )


async def _attach(
    request: Request, account: Account, view: FindingView, key: str, file: SentFile
) -> UUID:
    """A file of the form becomes a document of the round, for those who work on it."""
    name = plain(file.name)[:NAME_LENGTH_MAX] or "file"
    kind = DocumentType.OTHER
    announcement = DocumentAnnouncement(
        name=name,
        description="",
        document_type=kind,
        disclosure=DOCUMENT_KINDS[kind].disclosure,
        mime_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        file_size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
    )
    document = await send_document(
        resources(request), account, key, view.finding.verification_id, announcement, file.content
    )
    return document.id


def _id(name: str) -> UUID:
    try:
        return UUID(name.removeprefix(_ATTACH))
    except ValueError:
        raise NotFound("There is no such document in this project.") from None
