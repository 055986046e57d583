"""One round as its verifier works on it: facts, evidence, what it waits for, and what was written of it."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.findings import findings_page
from adapters.postgres.queries import PageRequest, Position
from api.commands.organisations.bodies import declare_conflict
from api.commands.projects import findings as findings_commands
from api.commands.projects import verification as commands
from api.commands.projects.assurance.risk_assessment import visible_assessments
from api.commands.projects.assurance.technical_review import colleagues, visible_technical_review
from api.commands.projects.assurance.validation import visible_validation
from api.commands.projects.projects import visible_project
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Text
from api.http.middleware.body_limit import FILE_BYTES_MAX
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Forms,
    Refused,
    StaffAction,
    SubmittedAction,
    done_sentence,
    handle_action,
)
from api.pages.desks.findings import document_names
from api.pages.desks.verifier.access import ADDRESS, assigned_review, verifier
from api.pages.desks.verifier.technical_review import STATES
from api.pages.parts.forms import FormFaults, FormNotTaken
from api.pages.parts.labels import word
from api.pages.parts.map import to_map, view_around
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from api.pages.parts.security import policy_uploading
from domain.accounts.roles import Account, Permission
from domain.organisations.accreditation import DeclaredConflict
from domain.projects.buffer_share import REVERSIBLE_TYPES
from domain.projects.documents import FILE_SIZE_MAX, Disclosure, Document, DocumentType
from domain.projects.verification import EventType, Verification

DOCUMENTS_SHOWN = 30
EVENTS_SHOWN = 20
FINDINGS_SHOWN = 10
CHANGES_SHOWN = 10
TEXT_LENGTH_MAX = 5000
CLASSES = {
    Disclosure.PUBLIC: "everybody sees name, type and bytes as soon as it is uploaded",
    Disclosure.INTERNAL: "the public sees its type and SHA-256; you, the supplier and the registry read it",
    Disclosure.CONFIDENTIAL: "as internal, and it is named on no page",
    Disclosure.RESTRICTED: "the public sees its type and SHA-256; you and staff read it",
}
"""What becomes of a document of each class (domain/projects/documents.py)."""
_DOCUMENT_DONE = {
    "document": "The document is counted as evidence.",
    "reading": "The registry reads the document; it counts as evidence once that is done.",
    "given-up": "The upload was given up; nothing of it is there.",
}
OWN_TYPES = (
    DocumentType.VERIFICATION_REPORT,
    DocumentType.VALIDATION_REPORT,
    DocumentType.SITE_EVIDENCE,
    DocumentType.LABORATORY_ANALYSIS,
    DocumentType.OTHER,
)
"""What a verifier adds; the others are the supplier's."""
_ONE = f"{ADDRESS}/{{verification_id}}"

router = page_router()


class ConflictForm(RequestSchema):
    words: Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)]


class EventForm(RequestSchema):
    message: Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)]


async def _declare_none(request: Request, account: Account, submitted: SubmittedAction) -> None:
    await _declare(request, account, submitted, DeclaredConflict.NONE, None)


async def _declare_present(request: Request, account: Account, submitted: SubmittedAction) -> None:
    words = ConflictForm(words=submitted.typed.get("words", "")).words
    await _declare(request, account, submitted, DeclaredConflict.PRESENT, words)


async def _declare(
    request: Request,
    account: Account,
    submitted: SubmittedAction,
    declared: DeclaredConflict,
    words: str | None,
) -> None:
    await declare_conflict(
        resources(request),
        account,
        submitted.key,
        submitted.id("verification"),
        declared=declared,
        words=words,
    )


async def _add_note(request: Request, account: Account, submitted: SubmittedAction) -> None:
    message = EventForm(message=submitted.typed.get("message", "")).message
    visited = submitted.typed.get("kind") == EventType.SITE_VISIT.value
    await commands.add_event(
        resources(request),
        account,
        submitted.key,
        submitted.id("verification"),
        EventType.SITE_VISIT if visited else EventType.NOTE,
        message,
    )


async def _mark_looked(request: Request, account: Account, submitted: SubmittedAction) -> None:
    sent = submitted.typed.get("up_to", "")
    up_to = int(sent) if re.fullmatch(r"\d{1,18}", sent) else None
    verification_id = submitted.id("verification")
    await findings_commands.mark_looked(resources(request), account, verification_id, up_to=up_to)


ACTIONS: Mapping[str, StaffAction] = {
    "declare-none": StaffAction(
        _declare_none, "It is noted that you have no conflict of interest in this round."
    ),
    "declare-present": StaffAction(
        _declare_present, "It is noted, and staff are told: they assign another verifier."
    ),
    "looked": StaffAction(_mark_looked, "It is marked: from now on you are shown what comes next."),
    "note": StaffAction(_add_note, "It stands on the timeline, and the supplier is notified."),
}


@router.get(_ONE)
async def look(request: Request, verification_id: UUID) -> Response:
    return await workspace_page(request, verification_id)


@router.post(_ONE)
async def change(request: Request, verification_id: UUID) -> Response:
    async def show(request: Request, refused: Refused | None) -> Response:
        return await workspace_page(request, verification_id, refused)

    await assigned_review(request, verification_id)
    return await handle_action(request, Permission.DECLARE_INTERESTS, ACTIONS, show)


async def workspace_page(
    request: Request,
    verification_id: UUID,
    refused: Refused | None = None,
    *,
    sent: FormNotTaken | None = None,
) -> Response:
    """`refused`: a button that brought nothing about; `sent`: a document that was not taken."""
    person = verifier(request)
    review = await assigned_review(request, verification_id)
    account, verification = person.account, review.view.verification
    parts, asked = resources(request), request.query_params
    project = await visible_project(parts, account, verification.project_id)
    view = await commands.visible_verification(parts, account, verification_id)
    kind = _kind(asked.get("type", ""))
    page = PageRequest(DOCUMENTS_SHOWN, after=_after(asked.get("documents")))
    told = PageRequest(EVENTS_SHOWN, after=_after(asked.get("events")))
    async with reading(request) as connection:
        documents = await reads_documents.round_documents_page(
            connection, verification_id, page, document_type=kind
        )
        events = await reads_verifications.events_page(connection, verification_id, told)
        unsettled = await findings_page(
            connection,
            verification_id,
            PageRequest(FINDINGS_SHOWN, newest_first=False),
            unsettled=True,
        )
    changes = await findings_commands.changes_since_last_look(parts, account, verification_id)
    new = changes.changes[:CHANGES_SHOWN]
    last, last_told = page.last_shown(documents), told.last_shown(events)
    at = to_map(
        latitude=float(project.project.coordinates.latitude),
        longitude=float(project.project.coordinates.longitude),
    )
    chosen = f"&type={kind}" if kind else ""
    faults = sent.why if sent else FormFaults()
    awaited = await _awaited(request, account, verification)
    answer = render_response(
        request,
        "desks/verifier/workspace.html",
        status=refused.status if refused else faults.status,
        review=review,
        round=verification,
        project=project.project,
        supplier=project.company,
        duplicates=view.duplicates or [],
        documents=page.shown(documents),
        kind=kind,
        kinds=sorted(review.view.documents_by_type),
        more_documents=f"{review.address}?documents={write_cursor((last.completed_at, last.id))}{chosen}#documents"
        if last and last.completed_at
        else None,
        first_documents=f"{review.address}?{chosen[1:]}#documents" if page.after else None,
        events=told.shown(events),
        more_events=f"{review.address}?events={write_cursor((last_told.created_at, last_told.id))}#timeline"
        if last_told
        else None,
        first_events=f"{review.address}#timeline" if told.after else None,
        my_id=account.id,
        findings=unsettled[:FINDINGS_SHOWN],
        names=await document_names(
            request,
            account,
            unsettled[:FINDINGS_SHOWN],
            more=[one.resource_id for one in new if one.resource_type == "document"],
        ),
        changes=changes,
        shown_changes=new,
        **await _beside(request, account, verification),
        at=at,
        map_view=view_around(at),
        own_types=[(one.value, word(one.value)) for one in OWN_TYPES],
        classes=[(one.value, sentence) for one, sentence in CLASSES.items()],
        awaited=awaited,
        file_bytes_max=FILE_BYTES_MAX,
        file_size_max=FILE_SIZE_MAX,
        typed=sent.typed if sent else {"document_type": OWN_TYPES[0].value},
        faults=faults,
        first_fault=next(iter(faults.fields), None),
        key=(sent.key if sent else "") or str(uuid4()),
        refused=refused,
        forms=Forms(refused),
        done=None
        if refused or faults
        else _DOCUMENT_DONE.get(asked.get("done", "")) or done_sentence(request, ACTIONS),
    )
    # The script sends files to the storage, and to nobody else.
    policy = policy_uploading(resources(request).object_store.origin)
    answer.headers["Content-Security-Policy"] = policy
    return answer


async def _beside(
    request: Request, account: Account, verification: Verification
) -> Mapping[str, object]:
    """What stands beside the statement, and whose turn it is with it."""
    parts, is_first = resources(request), verification.monitoring_period is None
    review = await visible_technical_review(parts, account, verification.id)
    names = {one.user_id: one.name for one in await colleagues(parts, account)}
    risk = await visible_assessments(parts, account, verification.project_id)
    return {
        "validation": await visible_validation(parts, account, verification.id)
        if is_first
        else None,
        "technical_review": review,
        "review_state": STATES[review.state],
        "reviewer": names.get(review.named.user_id) if review.named else None,
        "risk": risk if risk.project.type in REVERSIBLE_TYPES else None,
    }


async def _awaited(
    request: Request, account: Account, verification: Verification
) -> Sequence[Document]:
    """The verifier's own that were announced and are not there yet."""
    if verification.is_decided:
        return ()
    async with reading(request) as connection:
        return await reads_documents.awaited_documents(connection, verification.id, account.id)


def _kind(wanted: str) -> DocumentType | None:
    return DocumentType(wanted) if wanted in {one.value for one in DocumentType} else None


def _after(cursor: str | None) -> Position | None:
    return read_cursor(cursor) if cursor else None
