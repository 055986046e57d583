"""
Approving and rejecting a round, in two steps: what is written, and then what exactly is signed.

The second page shows the digest that the decision is bound to and asks for the second factor. What it
shows goes with the signature, so that a decision about anything else is refused (ADR 0095).
"""

from collections.abc import Mapping
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response
from temporalio.client import WorkflowUpdateFailedError

from api.commands.fresh_signatures import SentSignature, SignatureNeeded
from api.commands.projects import sign_off
from api.commands.projects import verification as commands
from api.commands.projects.decision_factor import AskedFactor, SentFactor, ask_second_factor
from api.commands.projects.sign_off import SignOffPreview
from api.commands.projects.statements import visible_statement
from api.http.errors.error_mapping import (
    OutcomeUnknown,
    TooManyRequests,
    Unavailable,
    refusal_in,
)
from api.http.resources import resources
from api.pages.desks.unfinished import UnfinishedForm
from api.pages.desks.verifier.access import ADDRESS, Review, assigned_review, verifier
from api.pages.desks.verifier.decision_drafts import (
    Draft,
    field_of,
    project_of,
    read_draft,
    vintage_years,
)
from api.pages.parts.forms import read_form, why_not
from api.pages.parts.passkey_asking import sent_passkey, shown_passkey
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from api.pages.parts.session import Person
from api.pages.parts.wallet_signing import sent_proof, shown
from domain.errors import AlreadyDecided, Refusal
from domain.quantities import format_tonnes

DOCUMENTS_SHOWN = 50
_FIELDS_MAX = 125
"""A quantity for each of the hundred years that a crediting period may have, and the rest."""
_ONE = f"{ADDRESS}/{{verification_id}}"
_CONFLICT = 409
_WORDS = frozenset({"notes", "duplicate_note", "reason", "public_reason"})

router = page_router()


@router.get(f"{_ONE}/approve")
async def begin_approval(request: Request, verification_id: UUID) -> Response:
    return await _begin(request, verification_id, "approve")


@router.get(f"{_ONE}/reject")
async def begin_rejection(request: Request, verification_id: UUID) -> Response:
    return await _begin(request, verification_id, "reject")


@router.get(f"{_ONE}/{{act}}/{{step}}")
async def go_on(verification_id: UUID, act: str, step: str) -> Response:
    """Where somebody comes back to who had to sign in again at the second page: to the first, as it was."""
    if act not in ("approve", "reject") or step not in ("sign", "change"):
        raise PageMissing("page")
    return see_other(f"{ADDRESS}/{verification_id}/{act}")


@router.post(f"{_ONE}/approve")
async def review_approval(request: Request, verification_id: UUID) -> Response:
    """The second page: what is signed, with its digest; nothing is decided yet."""
    return await _review(request, verification_id, "approve")


@router.post(f"{_ONE}/reject")
async def review_rejection(request: Request, verification_id: UUID) -> Response:
    """As `review_approval`."""
    return await _review(request, verification_id, "reject")


@router.post(f"{_ONE}/{{act}}/change")
async def change_again(request: Request, verification_id: UUID, act: str) -> Response:
    """From the second page back to the first, which has what was typed."""
    review = await assigned_review(request, verification_id)
    form = await read_form(request, fields_max=_FIELDS_MAX)
    if act not in ("approve", "reject"):
        raise PageMissing("page")
    if review.view.verification.is_decided:
        return _decided(request, review)
    return await _form(request, review, act, Draft(form))


@router.post(f"{_ONE}/approve/sign")
async def sign_approval(request: Request, verification_id: UUID) -> Response:
    """Decides; anything else than what the second page showed is refused."""
    return await _sign(request, verification_id, "approve")


@router.post(f"{_ONE}/reject/sign")
async def sign_rejection(request: Request, verification_id: UUID) -> Response:
    """As `sign_approval`."""
    return await _sign(request, verification_id, "reject")


async def _begin(request: Request, verification_id: UUID, act: str) -> Response:
    review = await assigned_review(request, verification_id)
    if review.view.verification.is_decided:
        return _decided(request, review)
    typed = await _unfinished(act, verification_id).kept(request)
    if not typed and act == "approve":
        typed = await _stated(request, review)
    return await _form(request, review, act, Draft(typed))


async def _review(request: Request, verification_id: UUID, act: str) -> Response:
    unfinished = _unfinished(act, verification_id)
    await unfinished.require_session(request)
    review = await assigned_review(request, verification_id)
    form = await read_form(request, fields_max=_FIELDS_MAX)
    if answered := await unfinished.answer(request, form, f"{review.address}/{act}"):
        return answered
    await unfinished.keep(request, form)
    if review.view.verification.is_decided:
        return _decided(request, review)
    draft = await read_draft(request, review, act, form)
    if draft.faults:
        return await _form(request, review, act, draft, status=400)
    return await _second_page(request, review, act, draft)


async def _sign(request: Request, verification_id: UUID, act: str) -> Response:
    person = verifier(request)
    review = await assigned_review(request, verification_id)
    form = await read_form(request, fields_max=_FIELDS_MAX)
    draft = await read_draft(request, review, act, form)
    if draft.faults:
        return await _form(request, review, act, draft, status=400)
    try:
        await _decide(request, person, verification_id, draft)
    except SignatureNeeded as needed:
        return await _second_page(request, review, act, draft, why_not=needed.why, status=400)
    except (OutcomeUnknown, Unavailable) as unknown:
        # The same form with the same key asks for the outcome; it is never carried out twice.
        sentence = (
            "No answer came in time, so this may or may not have been decided. Sign again to find out;"
            " it is never decided twice."
            if isinstance(unknown, OutcomeUnknown)
            else "The registry's workflows cannot be reached at the moment. Nothing was decided: sign"
            " again in a few seconds."
        )
        status = 202 if isinstance(unknown, OutcomeUnknown) else 503
        return await _second_page(request, review, act, draft, why_not=sentence, status=status)
    except (WorkflowUpdateFailedError, Refusal, TooManyRequests) as no:
        return await _refused(request, verification_id, act, draft, no)
    await _unfinished(act, verification_id).forget(request)
    return see_other(f"{ADDRESS}/{verification_id}")


def _unfinished(act: str, verification_id: UUID) -> UnfinishedForm:
    return UnfinishedForm(
        f"{act}/{verification_id}", _WORDS, ("quantity-",), fields_max=_FIELDS_MAX
    )


async def _decide(request: Request, person: Person, verification_id: UUID, draft: Draft) -> None:
    parts, typed = resources(request), draft.typed
    key, seen = typed.get("key") or str(uuid4()), typed.get("digest", "")
    factor = _factor(person, typed)
    if draft.approval is not None:
        await commands.approve_verification(
            parts,
            person.account,
            key,
            verification_id,
            notes=draft.approval.notes,
            quantity_units=None,
            vintage=None,
            vintages=draft.vintages,
            duplicate_note=draft.duplicate_note,
            factor=factor,
            review_digest=seen,
        )
    else:
        await commands.reject_verification(
            parts,
            person.account,
            key,
            verification_id,
            reason=draft.reason,
            public_reason=draft.public_reason,
            factor=factor,
            review_digest=seen,
        )


def _factor(person: Person, typed: Mapping[str, str]) -> SentFactor:
    """
    Raises:
        Invalid: a passkey's or a wallet's answer cannot be read.
    """
    session_id = person.session.id
    if typed.get("credential"):
        return SentFactor(SentSignature(session_id), sent_passkey(typed))
    if typed.get("signature"):
        proof = sent_proof(typed)
        return SentFactor(SentSignature(session_id, proof.challenge_id, proof.signature, proof.key))
    return SentFactor(SentSignature(session_id))


async def _refused(
    request: Request, verification_id: UUID, act: str, draft: Draft, no: Exception
) -> Response:
    refusal = no if isinstance(no, Refusal | TooManyRequests) else refusal_in(no)
    if refusal is None:
        raise no
    review = await assigned_review(request, verification_id)
    # Whatever the refusal says: once it is decided, who decided and when is what there is to know.
    if isinstance(refusal, AlreadyDecided) or review.view.verification.is_decided:
        return _decided(request, review, status=_CONFLICT)
    status, sentences = why_not(refusal)
    draft = Draft(
        draft.typed,
        {field_of(fault.pointer): fault.detail for fault in getattr(refusal, "faults", ())},
    )
    if "" not in draft.faults and not draft.faults:
        draft.faults[""] = " ".join(sentences)
    return await _form(request, review, act, draft, status=status)


async def _second_page(
    request: Request,
    review: Review,
    act: str,
    draft: Draft,
    *,
    why_not: str | None = None,
    status: int = 200,
) -> Response:
    person, parts = verifier(request), resources(request)
    verification_id = review.view.verification.id
    try:
        preview = (
            await sign_off.preview_rejection(parts, person.account, verification_id)
            if draft.approval is None
            else await sign_off.preview_approval(
                parts, person.account, verification_id, draft.approval
            )
        )
    except Refusal as no:
        return await _refused(request, verification_id, act, draft, no)
    view = await commands.visible_verification(parts, person.account, verification_id)
    if draft.approval is not None and view.duplicates and not draft.duplicate_note:
        draft.faults["duplicate_note"] = "Say why it is none of these projects."
        return await _form(request, review, act, draft, status=_CONFLICT)
    asked = await ask_second_factor(
        parts,
        person.account,
        person.session.id,
        draft.decision(verification_id, preview.review_digest),
    )
    return _print_second_page(
        request, review, act, draft, preview, asked, why_not=why_not, status=status
    )


def _print_second_page(
    request: Request,
    review: Review,
    act: str,
    draft: Draft,
    preview: SignOffPreview,
    asked: AskedFactor | None,
    *,
    why_not: str | None,
    status: int,
) -> Response:
    carried = {
        name: value
        for name, value in draft.typed.items()
        if name in _WORDS or name == "key" or name.startswith("quantity-")
    }
    carried["digest"] = preview.review_digest
    return render_response(
        request,
        "desks/verifier/sign_off.html",
        status=status,
        review=review,
        round=review.view.verification,
        act=act,
        preview=preview,
        documents=preview.documents[:DOCUMENTS_SHOWN],
        approval=preview.approved,
        reason=draft.reason,
        public_reason=draft.public_reason,
        notes=draft.approval.notes if draft.approval else "",
        duplicate_note=draft.duplicate_note,
        carried=carried,
        signature=shown(request, asked.signature) if asked and asked.signature else None,
        passkey=shown_passkey(asked.passkey) if asked and asked.passkey else None,
        why_not=why_not,
    )


async def _form(
    request: Request,
    review: Review,
    act: str,
    draft: Draft,
    *,
    status: int = 200,
) -> Response:
    verification = review.view.verification
    project = await project_of(request, verification)
    kept = await _unfinished(act, verification.id).kept(request)
    view = await commands.visible_verification(
        resources(request), verifier(request).account, verification.id
    )
    return render_response(
        request,
        "desks/verifier/decision.html",
        status=status,
        review=review,
        round=verification,
        project=project,
        act=act,
        years=vintage_years(verification, project, resources(request).clock.now()),
        duplicates=view.duplicates or [],
        typed=draft.typed,
        faults=draft.faults,
        # What was refused is asked for anew; what was left goes on under its own key.
        key=("" if draft.faults else kept.get("key", "")) or str(uuid4()),
        is_kept=bool(kept),
    )


async def _stated(request: Request, review: Review) -> Mapping[str, str]:
    """The quantities of the verification statement, which an approval may not differ from."""
    found = await visible_statement(
        resources(request), verifier(request).account, review.view.verification.id
    )
    if found.statement is None:
        return {}
    quantities = found.statement.terms.quantities
    return {f"quantity-{one.vintage}": format_tonnes(one.quantity_units) for one in quantities}


def _decided(request: Request, review: Review, *, status: int = 200) -> Response:
    """For the second of two tabs, too: who decided, and when."""
    return render_response(
        request,
        "desks/verifier/decided.html",
        status=status,
        review=review,
        round=review.view.verification,
        my_id=verifier(request).account.id,
    )
