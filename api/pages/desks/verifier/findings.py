"""Raising a finding, beside the document that it is about or on the list of the round."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.pages.desks.findings import findings_list
from api.pages.desks.raising_findings import raise_in, unfinished_finding
from api.pages.desks.verifier.access import ADDRESS, assigned_review
from api.pages.desks.verifier.documents import document_page
from api.pages.parts.forms import FormNotTaken, read_form
from api.pages.parts.routing import page_router, see_other

router = page_router()


_ROUND = f"{ADDRESS}/{{verification_id}}"


@router.post(f"{_ROUND}/findings")
async def raise_finding(request: Request, verification_id: UUID) -> Response:
    return await _raise(request, verification_id, None)


@router.post(f"{_ROUND}/documents/{{document_id}}/findings")
async def raise_finding_about(
    request: Request, verification_id: UUID, document_id: UUID
) -> Response:
    return await _raise(request, verification_id, document_id)


@router.get(f"{_ROUND}/findings")
async def go_on(verification_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again while they wrote."""
    return see_other(_page_of(verification_id, None))


@router.get(f"{_ROUND}/documents/{{document_id}}/findings")
async def go_on_about(verification_id: UUID, document_id: UUID) -> Response:
    """As `go_on`."""
    return see_other(_page_of(verification_id, document_id))


async def _raise(request: Request, verification_id: UUID, document_id: UUID | None) -> Response:
    form = unfinished_finding(document_id or verification_id)
    await form.require_session(request)
    await assigned_review(request, verification_id)
    typed = await read_form(request)
    if answered := await form.answer(request, typed, _page_of(verification_id, document_id)):
        return answered
    raised = await raise_in(request, verification_id, typed, document_id)
    if not isinstance(raised, FormNotTaken):
        await form.forget(request)
        return see_other(f"/desk/findings/{raised.finding.id}?done=raise")
    if document_id is None:
        return await findings_list(request, verification_id, raised)
    return await document_page(request, verification_id, document_id, raised)


def _page_of(verification_id: UUID, document_id: UUID | None) -> str:
    if document_id is None:
        return f"/desk/verifications/{verification_id}/findings"
    return f"{ADDRESS}/{verification_id}/documents/{document_id}"
