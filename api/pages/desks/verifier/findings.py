"""Raising a finding, beside the document that it is about or on the list of the round."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.pages.desks.findings import findings_list
from api.pages.desks.raising_findings import raise_in
from api.pages.desks.typed_forms import Typed
from api.pages.desks.verifier.access import ADDRESS, assigned_review
from api.pages.desks.verifier.documents import document_page
from api.pages.parts.forms import read_form
from api.pages.parts.routing import page_router, see_other

router = page_router()


@router.post(f"{ADDRESS}/{{verification_id}}/findings")
async def raise_finding(request: Request, verification_id: UUID) -> Response:
    await assigned_review(request, verification_id)
    typed = await read_form(request)
    raised = await raise_in(request, verification_id, typed)
    if not isinstance(raised, Typed):
        return see_other(f"/desk/findings/{raised.finding.id}?done=raise")
    try:
        document_id = UUID(typed.get("document_id", ""))
    except ValueError:
        return await findings_list(request, verification_id, raised)
    return await document_page(request, verification_id, document_id, raised)
