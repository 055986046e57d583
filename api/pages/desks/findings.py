"""
Findings of a round, for both sides: the list, and one with its thread.

Its verifier raises, closes and reopens; the supplier replies, and so may the verifier; staff read.
"""

import mimetypes
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads import findings as reads_findings
from adapters.postgres.projects.reads.findings import FindingView
from adapters.postgres.queries import PageRequest
from api.commands.projects import findings as commands
from api.commands.projects.documents import (
    DocumentAnnouncement,
    announce_for_verification,
    is_readable,
    send_document,
)
from api.commands.projects.verification import visible_verification
from api.http.cursors import read_cursor, write_cursor
from api.http.middleware.body_limit import FILE_BYTES_MAX
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import somebody
from api.pages.desks.raising_findings import FINDING_FIELDS, Words, is_verifier, raising
from api.pages.desks.sent_files import hash_file, pieces_of
from api.pages.desks.unfinished import UnfinishedForm
from api.pages.parts.forms import NOT_CARRIED_OUT, FormNotTaken, form_faults, read_form_with_upload
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
_ACTS = ("reply", "close", "reopen")

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
    if act not in _ACTS:
        raise PageMissing("page")
    form = _unfinished(act, finding_id)
    await form.require_session(request)
    person = somebody(request)
    view = await _visible(request, person.account, finding_id)
    async with read_form_with_upload(request, "file", fields_max=_FORM_FIELDS_MAX) as (typed, file):
        if answered := await form.answer(request, typed, f"/desk/findings/{finding_id}"):
            return answered
        try:
            text = MessageForm(text=typed.get("text", "")).text
            await _write(request, person.account, view, act, text, typed, file)
        except NOT_CARRIED_OUT as no:
            refused = FormNotTaken(act, typed, form_faults(no, FINDING_FIELDS))
            return await _thread(request, finding_id, refused)
    await form.forget(request)
    return see_other(f"/desk/findings/{finding_id}?done={act}")


@router.get("/desk/findings/{finding_id}/{act}")
async def go_on(finding_id: UUID, act: str) -> Response:
    """Where somebody comes back to who had to sign in again while they wrote."""
    if act not in _ACTS:
        raise PageMissing("page")
    return see_other(f"/desk/findings/{finding_id}")


async def findings_list(
    request: Request, verification_id: UUID, refused: FormNotTaken | None = None
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
        **await raising(request, view.verification, account, refused),
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


async def _thread(
    request: Request, finding_id: UUID, refused: FormNotTaken | None = None
) -> Response:
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
    acts = _acts(view, verification, side)
    typed: dict[str, Mapping[str, str]] = {one: {} for one in _ACTS} | {
        one: await _unfinished(one, finding_id).kept(request) for one in acts
    }
    if refused:
        typed[refused.act] = {**refused.typed, "key": refused.key}
    return render_response(
        request,
        "desks/finding.html",
        status=refused.status if refused else 200,
        finding=view.finding,
        view=view,
        round=verification,
        side=side,
        acts=acts,
        names=await document_names(request, account, [view]),
        attachable=attachable,
        file_bytes_max=FILE_BYTES_MAX,
        refused=refused,
        act=refused.act if refused else "",
        typed=typed,
        faults=refused.faults if refused else {},
        keys={one: typed[one].get("key") or str(uuid4()) for one in _ACTS},
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
    file: UploadFile | None,
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
    request: Request, account: Account, view: FindingView, key: str, file: UploadFile
) -> UUID:
    """A file of the form becomes a document of the round, for those who work on it."""
    parts, hashed = resources(request), await hash_file(file)
    name = plain(file.filename or "")[:NAME_LENGTH_MAX] or "file"
    kind = DocumentType.OTHER
    announcement = DocumentAnnouncement(
        name=name,
        description="",
        document_type=kind,
        disclosure=DOCUMENT_KINDS[kind].disclosure,
        mime_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        file_size=hashed.size_bytes,
        sha256=hashed.sha256,
    )
    announced = await announce_for_verification(
        parts,
        account,
        key,
        view.finding.verification_id,
        announcement,
        in_parts_above=FILE_BYTES_MAX,
    )
    document = await send_document(parts, account, key, announced, pieces_of(file))
    return document.id


def _unfinished(act: str, finding_id: UUID) -> UnfinishedForm:
    return UnfinishedForm(
        f"{act}/{finding_id}", frozenset({"text"}), (_ATTACH,), fields_max=_FORM_FIELDS_MAX
    )


def _id(name: str) -> UUID:
    try:
        return UUID(name.removeprefix(_ATTACH))
    except ValueError:
        raise NotFound("There is no such document in this project.") from None
