"""One round in the hands of staff: what it is, whom it waits for, and every step that staff may take (ADR 0093)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from activities.projects.verification import VintageApproved
from adapters.postgres.accounts.proposals import account_names
from adapters.postgres.organisations.reads import declarations_of
from adapters.postgres.projects.reads.desks import board as reads
from adapters.postgres.projects.reads.desks.board import BoardRoundView, NamedEventView
from adapters.postgres.projects.reads.verifications import verification
from adapters.postgres.queries import PageRequest, Position
from api.commands import board as commands
from api.commands.credits.issuance_corrections import correct_issuance
from api.commands.projects import checklist as checklists
from api.commands.projects import verification as steps
from api.commands.projects.assurance.risk_assessment import visible_assessments
from api.commands.projects.assurance.technical_review import visible_technical_review
from api.commands.projects.assurance.validation import name_validator, visible_validation
from api.commands.projects.checklist import ChecklistView, Ticked
from api.commands.projects.documents import document_content
from api.commands.workflow_states import history_url
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Text, TonnesInput, TonnesOrZeroInput
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page_of_one,
    sent_factor,
    staff,
)
from api.pages.desks.staff.board import STAGES, assign, line_of
from api.pages.desks.verifier.technical_review import STATES
from api.pages.parts.formats import moment
from api.pages.parts.labels import word
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Account, Permission
from domain.credits.obligation import REASON_LENGTH_MAX
from domain.errors import Fault, Invalid, NotFound
from domain.projects.assurance.checklist import ChecklistItem
from domain.projects.board import RoundStage
from domain.projects.buffer_share import REVERSIBLE_TYPES
from domain.projects.documents import Document
from domain.projects.verification import VINTAGE_MIN, EventType, VerificationStatus
from workflows.projects.verification import workflow_id

PATH = "/staff/verifications"
STEPS_SHOWN = 25
DOCUMENTS_SHOWN = 25
WORDS_MAX = 5000
TICK_NOTE_MAX = 2000
YEAR_MAX = 9999
_CONFLICT = 409
_LOOK = Permission.ASSIGN_VERIFIER
_VINTAGE_FIELD = "vintage-"

router = page_router()

Words = Annotated[str, Text(WORDS_MAX, lines=True)]


class CountersignatureRefusalForm(RequestSchema):
    reason: Words


class RejectionInSteadForm(RequestSchema):
    reason: Words
    stead_reason: Words


class VintageField(RequestSchema):
    vintage: int
    quantity: TonnesOrZeroInput


class ApprovalInSteadForm(RequestSchema):
    notes: Words
    stead_reason: Words
    duplicate_note: Words | None
    verified_quantity: TonnesInput | None
    vintage: Annotated[int, Field(ge=VINTAGE_MIN, le=YEAR_MAX)] | None
    vintages: list[VintageField] | None


class CorrectionForm(RequestSchema):
    vintage: Annotated[int, Field(ge=VINTAGE_MIN, le=YEAR_MAX)]
    quantity: TonnesInput
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class NoteForm(RequestSchema):
    message: Words


class TickField(RequestSchema):
    note: Annotated[str, Text(TICK_NOTE_MAX, lines=True)] | None


async def _tick(request: Request, account: Account, action: SubmittedAction) -> None:
    """All items that the page showed, at once: what has no tick any more is taken back."""
    parts, verification_id = resources(request), action.id("verification")
    shown = await checklists.visible_checklist(parts, account, verification_id)
    ticked: dict[ChecklistItem, Ticked] = {}
    faults: list[Fault] = []
    for line in shown.lines:
        note = TickField(note=action.typed.get(f"note-{line.item}", "").strip() or None).note
        done = f"tick-{line.item}" in action.typed
        if note and not done:
            faults.append(
                Fault(f"/items/{line.item}", f"A note is kept with its tick: “{line.sentence}”")
            )
        ticked[line.item] = Ticked(done, note)
    if faults:
        raise Invalid(" ".join(fault.detail for fault in faults), *faults)
    await checklists.tick(parts, account, verification_id, ticked)


async def _countersign(request: Request, account: Account, action: SubmittedAction) -> None:
    verification_id = action.id("verification")
    factor = sent_factor(request, action)
    await checklists.require_ticked(resources(request), account, verification_id)
    await steps.countersign(resources(request), account, action.key, verification_id, factor=factor)


async def _refuse(request: Request, account: Account, action: SubmittedAction) -> None:
    form = CountersignatureRefusalForm(reason=action.typed.get("reason", ""))
    await steps.refuse_countersignature(
        resources(request),
        account,
        action.key,
        action.id("verification"),
        reason=form.reason,
        factor=sent_factor(request, action),
    )


async def _approve(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    quantities = {
        name.removeprefix(_VINTAGE_FIELD): value.strip()
        for name, value in typed.items()
        if name.startswith(_VINTAGE_FIELD)
    }
    form = ApprovalInSteadForm.model_validate(
        {
            "notes": typed.get("notes", ""),
            "steadReason": typed.get("stead_reason", ""),
            "duplicateNote": typed.get("duplicate_note", "").strip() or None,
            "verifiedQuantity": typed.get("quantity", "").strip() or None,
            "vintage": typed.get("vintage", "").strip() or None,
            "vintages": [
                {"vintage": year, "quantity": quantity or "0"}
                for year, quantity in sorted(quantities.items())
            ]
            or None,
        }
    )
    vintages = (
        tuple(
            VintageApproved(vintage=one.vintage, quantity_units=one.quantity)
            for one in form.vintages
        )
        if form.vintages
        else None
    )
    await steps.approve_verification(
        resources(request),
        account,
        action.key,
        action.id("verification"),
        notes=form.notes,
        quantity_units=form.verified_quantity,
        vintage=form.vintage,
        vintages=vintages,
        duplicate_note=form.duplicate_note,
        factor=sent_factor(request, action),
        stead_reason=form.stead_reason,
    )


async def _reject(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = {"reason": "reason", "steadReason": "stead_reason"}
    form = RejectionInSteadForm.model_validate(
        {field: action.typed.get(name, "") for field, name in typed.items()}
    )
    await steps.reject_verification(
        resources(request),
        account,
        action.key,
        action.id("verification"),
        reason=form.reason,
        factor=sent_factor(request, action),
        stead_reason=form.stead_reason,
    )


async def _note(request: Request, account: Account, action: SubmittedAction) -> None:
    form = NoteForm(message=action.typed.get("message", ""))
    await steps.add_event(
        resources(request),
        account,
        action.key,
        action.id("verification"),
        EventType.NOTE,
        form.message,
    )


async def _correct(request: Request, account: Account, action: SubmittedAction) -> None:
    names = ("vintage", "quantity", "reason")
    form = CorrectionForm.model_validate({name: action.typed.get(name, "") for name in names})
    await correct_issuance(
        resources(request),
        account,
        action.key,
        action.id("verification"),
        vintage=form.vintage,
        quantity_units=form.quantity,
        reason=form.reason,
    )


async def _name_validator(request: Request, account: Account, action: SubmittedAction) -> None:
    try:
        chosen = UUID(action.typed.get("validator", ""))
    except ValueError:
        raise Invalid(
            "Choose who validates.", Fault("/verifierId", "Choose who validates.")
        ) from None
    await name_validator(resources(request), account, action.id("verification"), chosen)


ROUND_ACTIONS: Mapping[str, StaffAction] = {
    "validator": StaffAction(
        _name_validator, "They validate the project's design, and are told by mail."
    ),
    "assign": StaffAction(assign, "The verifier has it, and is told by mail."),
    "checklist": StaffAction(_tick, "The checklist is kept, with your name and the time."),
    "countersign": StaffAction(_countersign, "It is countersigned; its credits are issued now."),
    "refuse": StaffAction(_refuse, "It is in review again, and the reason is on its timeline."),
    "approve": StaffAction(
        _approve, "It is approved in the verifier's stead, and waits for another administrator."
    ),
    "reject": StaffAction(_reject, "It is rejected, and the supplier is told why."),
    "correct": StaffAction(
        _correct, "It is corrected: everybody reads it, and the supplier is told what they owe."
    ),
    "note": StaffAction(_note, "The note is on the timeline; supplier and verifier are told."),
}


async def _page(
    request: Request, verification_id: UUID, refused: Refused | None = None
) -> Response:
    parts, account = resources(request), staff(request, _LOOK).account
    query = request.query_params
    steps_page = PageRequest(STEPS_SHOWN, after=read_cursor(query.get("steps", "")))
    files_page = PageRequest(DOCUMENTS_SHOWN, after=read_cursor(query.get("files", "")))
    deadlines, now = commands.stage_deadlines(parts), parts.clock.now()
    async with reading(request) as connection:
        found = await reads.board_round(connection, verification_id, deadlines)
        view = await verification(connection, verification_id, account=account)
        if found is None or view is None:
            raise PageMissing("round")
        timeline = await reads.round_timeline(connection, verification_id, steps_page)
        last = await reads.round_timeline(connection, verification_id, PageRequest(1))
        files = await reads.round_evidence(connection, verification_id, files_page)
        evidence_count = await reads.round_evidence_count(connection, verification_id)
        declarations = await declarations_of(connection, verification_id, verifier_id=None)
        candidates = await commands.candidates_for(parts, connection)
        choices = commands.verifier_choices(parts, [found], candidates)
    names = {one.user_id: one.name for one in candidates}
    mine = choices.get(verification_id, ())
    stage = found.standing.stage
    checklist, tickers = await _checklist(request, account, found)
    return render_response(
        request,
        "desks/staff/round.html",
        **after_action(request, ROUND_ACTIONS, _told_by_whom(refused, last)),
        line=line_of(found, account, mine, now),
        stage=STAGES[stage],
        not_offered=[one for one in mine if one.why_not],
        can_assign=stage in commands.ASSIGNABLE,
        can_countersign=stage is RoundStage.COUNTERSIGNATURE
        and found.verification.decided_by != account.id,
        checklist=checklist,
        tickers=tickers,
        can_decide=stage is RoundStage.REVIEW,
        can_correct=found.verification.status is VerificationStatus.APPROVED
        and not found.verification.is_open,
        **await _beside(request, account, found),
        validators=[one for one in mine if not one.why_not] if stage in commands.ASSIGNABLE else [],
        people={**names, **{one.user_id: one.name for one in mine}},
        years=_years(found),
        duplicates=view.duplicates or (),
        documents_in_all=evidence_count,
        files=files_page.shown(files),
        files_link=_more(request, "files", _file_position(files_page.last_shown(files))),
        timeline=steps_page.shown(timeline),
        steps_link=_more(request, "steps", _step_position(steps_page.last_shown(timeline))),
        begins_later=bool(steps_page.after or files_page.after),
        declarations=[(one, names.get(one.user_id)) for one in declarations],
        history_url=history_url(parts, workflow_id(verification_id)),
    )


async def _beside(request: Request, account: Account, found: BoardRoundView) -> Mapping[str, Any]:
    """What stands beside the statement: validation, technical review, risk of reversal."""
    parts, verification_id = resources(request), found.verification.id
    review = await visible_technical_review(parts, account, verification_id)
    risk = await visible_assessments(parts, account, found.verification.project_id)
    return {
        "validation": await visible_validation(parts, account, verification_id),
        "technical_review": review,
        "review_state": STATES[review.state],
        "risk": risk if risk.project.type in REVERSIBLE_TYPES else None,
    }


async def _checklist(
    request: Request, account: Account, found: BoardRoundView
) -> tuple[ChecklistView | None, Mapping[UUID, str]]:
    """What waits for a countersignature is looked at by a list, and by whom."""
    if found.standing.stage is not RoundStage.COUNTERSIGNATURE:
        return None, {}
    view = await checklists.visible_checklist(resources(request), account, found.verification.id)
    async with reading(request) as connection:
        names = await account_names(
            connection, {tick.user_id for line in view.lines for tick in line.ticks}
        )
    return view, names


@router.get(f"{PATH}/{{verification_id}}/documents/{{document_id}}")
async def read_file(request: Request, verification_id: UUID, document_id: UUID) -> Response:  # noqa: ARG001 -- a document is found by its own id
    """The bytes, as `GET /documents/{id}/content` gives them: by an address good for a minute."""
    account = staff(request, _LOOK).account
    try:
        return see_other(await document_content(resources(request), account, document_id))
    except NotFound:
        raise PageMissing("document") from None


def _told_by_whom(refused: Refused | None, last: Sequence[NamedEventView]) -> Refused | None:
    """Who came too late reads who was first, and when: the newest step on the timeline says it."""
    if refused is None or refused.status != _CONFLICT or not last:
        return refused
    event, actor = last[0].event, last[0].actor or "the registry itself"
    sentence = f"The newest step: {word(event.event_type)}, by {actor}, {moment(event.created_at)}."
    return Refused(refused.status, [*refused.sentences, sentence], refused.submitted)


def _years(found: BoardRoundView) -> Sequence[int]:
    """Of which an approval says how much; none of a first verification, which is of one vintage."""
    period = found.verification.monitoring_period
    return period.years if period else ()


def _file_position(last: Document | None) -> Position | None:
    return (last.created_at, last.id) if last else None


def _step_position(last: NamedEventView | None) -> Position | None:
    return (last.event.created_at, last.event.id) if last else None


def _more(request: Request, name: str, last: Position | None) -> str | None:
    """Where one of the page's lists goes on; the other stays where it is."""
    if last is None:
        return None
    address = request.url.remove_query_params("done").include_query_params(
        **{name: write_cursor(last)}
    )
    return f"{address.path}?{address.query}#{name}"


desk_page_of_one(router, PATH, _LOOK, ROUND_ACTIONS, _page)
