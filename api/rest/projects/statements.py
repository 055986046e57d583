"""The verification statement of a round, and the checklist of its approval."""

from uuid import UUID

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.printing import CannotPrint
from adapters.postgres.projects.reads.methodologies import versions_by_id
from api.commands.projects import checklist as checklists
from api.commands.projects import statements as commands
from api.http.errors.error_mapping import Unavailable
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import SignedIn
from api.http.resources import public_url, reading, resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.projects.schemas.statements import (
    ChecklistRequest,
    ChecklistResponse,
    RegistryStatement,
    StatementResponse,
    VerificationStatementRequest,
    checklist_response,
    registry_statement,
    statement_response,
)

log = structlog.get_logger(__name__)

router = APIRouter(tags=["Verification"], route_class=RegistryRoute)
public_router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)

_READ = (
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
)
_PUBLIC = (Code.VALIDATION_ERROR, Code.NOT_FOUND)


@router.get(
    "/verifications/{verification_id}/statement",
    summary="Read a verification statement",
    response_model=Data[StatementResponse],
    responses=error_responses(*_READ),
)
async def read_statement(request: Request, account: SignedIn, verification_id: UUID) -> Response:
    """For the project's supplier, the assigned verifier, and staff: the newest version."""
    view = await commands.visible_statement(resources(request), account, verification_id)
    return json_response(statement_response(view))


@router.put(
    "/verifications/{verification_id}/statement",
    summary="Write the verification statement",
    response_model=Data[StatementResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def write_statement(
    request: Request, account: SignedIn, verification_id: UUID, body: VerificationStatementRequest
) -> Response:
    """
    For the assigned verifier, while the verification is in review.

    Each writing is a version of its own, and stays; the approval is bound to the newest, and approves
    exactly the quantities that it states (409 otherwise). On an adverse or disclaimed opinion nothing is
    approved. Where the methodology asks for a statement, nothing is approved without one.
    """
    view = await commands.write_statement(
        resources(request), account, verification_id, body.terms()
    )
    return json_response(statement_response(view))


@router.get(
    "/verifications/{verification_id}/checklist",
    summary="Read the checklist of an approval",
    response_model=Data[ChecklistResponse],
    responses=error_responses(*_READ),
)
async def read_checklist(request: Request, account: SignedIn, verification_id: UUID) -> Response:
    """For administrators: what applies to the round, and who has ticked what."""
    view = await checklists.visible_checklist(resources(request), account, verification_id)
    return json_response(checklist_response(view))


@router.put(
    "/verifications/{verification_id}/checklist",
    summary="Tick items of the checklist",
    response_model=Data[ChecklistResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def tick(
    request: Request, account: SignedIn, verification_id: UUID, body: ChecklistRequest
) -> Response:
    """
    For an administrator other than the one who approved, while the approval waits for its countersignature.

    Where the methodology asks for the checklist, nobody countersigns who has not ticked every item of it
    since the approval (409 with the items that are left).
    """
    view = await checklists.tick(resources(request), account, verification_id, body.ticked())
    return json_response(checklist_response(view))


@public_router.get(
    "/verifications/{verification_id}/statement",
    summary="Read the public part of a verification statement",
    response_model=Data[RegistryStatement],
    responses=error_responses(*_PUBLIC),
)
async def read_public_statement(request: Request, verification_id: UUID) -> Response:
    """What an approved round stands on, from its last approval on; without the declaration of independence."""
    return public_response(request, data_bytes(await _public(request, verification_id)))


@public_router.get(
    "/verifications/{verification_id}/statement.pdf",
    summary="Print a verification statement",
    response_class=Response,
    responses={
        200: {
            "description": "The public part of the statement, as a page.",
            "content": {
                "application/pdf": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": "%PDF-1.4 ...",
                }
            },
        },
        **error_responses(*_PUBLIC),
    },
)
async def print_statement(request: Request, verification_id: UUID) -> Response:
    """The same as a page to print, with a QR code that leads to the one on the web."""
    document = data_bytes(await _public(request, verification_id))
    address = f"{public_url(request)}/verifications/{verification_id}/statement"
    try:
        printed = await resources(request).printer.print_statement(document, statement_url=address)
    except CannotPrint as failed:
        log.warning(
            "statement_not_printed", verification_id=str(verification_id), reason=failed.kind
        )
        raise Unavailable(
            "The statement cannot be printed at the moment; its page says the same."
        ) from failed
    return public_response(
        request,
        printed,
        media_type="application/pdf",
        filename=f"verification-statement-{verification_id}.pdf",
    )


async def _public(request: Request, verification_id: UUID) -> RegistryStatement:
    view = await commands.public_statement(resources(request), verification_id)
    version_id = view.terms.methodology_version_id
    async with reading(request) as connection:
        versions = await versions_by_id(connection, [version_id] if version_id else [])
    return registry_statement(view, versions[version_id] if version_id else None)
