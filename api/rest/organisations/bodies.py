"""Verification bodies, for staff, and the interests that verifiers declare."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.organisations.reads import declarations_of
from api.commands.addresses import body_address
from api.commands.organisations import bodies as commands
from api.commands.projects.verification import visible_verification
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_response, page_params, whole_list_response
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.organisations.schemas.bodies import (
    BodyRequest,
    BodyVerifierRequest,
    ChangeBodyRequest,
    ConflictDeclarationRequest,
    ConflictDeclarationResponse,
    VerificationBodyResponse,
    body_response,
    declaration_response,
)
from domain.accounts.roles import Permission
from domain.errors import Forbidden

DECLARATIONS_MAX = 100

router = APIRouter(
    tags=["Staff"],
    route_class=IdempotentRoute,
    dependencies=[PERMITTED],
)
declarations_router = APIRouter(tags=["Verification"], route_class=IdempotentRoute)
_ERRORS = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR)


@router.get(
    "/verification-bodies",
    summary="List verification bodies",
    response_model=DataList[VerificationBodyResponse],
    responses=error_responses(*_ERRORS),
)
async def list_bodies(
    request: Request,
    list_request: Annotated[ListRequest, page_params(VerificationBodyResponse, sort="createdAt")],
) -> Response:
    """For administrators: scope, accreditations, and who verifies for each with what they have to do."""
    parts = resources(request)
    async with reading(request) as connection:
        rows = await commands.bodies_with_load(parts, connection, list_request.page)
    on = commands.today(parts)
    return list_response(
        request,
        list_request,
        rows,
        lambda body: body_response(body, on=on),
        lambda body: (body.created_at, body.id),
    )


@router.post(
    "/verification-bodies",
    status_code=201,
    summary="Record a verification body",
    response_model=Data[VerificationBodyResponse],
    responses=error_responses(*_ERRORS, Code.CONFLICT),
)
async def add_body(
    request: Request, account: SignedIn, key: OperationKey, body: BodyRequest
) -> Response:
    """For administrators. Verifiers are added to it afterwards."""
    parts = resources(request)
    facts = {"registration_number": None} | body.facts()
    view = await commands.add_body(parts, account, key, facts, body.terms())
    return json_response(
        body_response(view, on=commands.today(parts)), status=201, location=body_address(view.id)
    )


@router.get(
    "/verification-bodies/{body_id}",
    summary="Read a verification body",
    response_model=Data[VerificationBodyResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def read_body(request: Request, body_id: UUID) -> Response:
    """For administrators."""
    parts = resources(request)
    view = await commands.found_body(parts, body_id)
    return json_response(body_response(view, on=commands.today(parts)))


@router.patch(
    "/verification-bodies/{body_id}",
    summary="Change a verification body or its accreditation",
    response_model=Data[VerificationBodyResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT),
)
async def change_body(
    request: Request, account: SignedIn, body_id: UUID, body: ChangeBodyRequest
) -> Response:
    """
    For administrators. An accreditation is renewed by its scheme and number, or recorded beside others.

    What was inherited ends with the first that is recorded. Who decides is held to it at once.
    """
    parts = resources(request)
    view = await commands.change_body(parts, account, body_id, body.facts(), body.terms())
    return json_response(body_response(view, on=commands.today(parts)))


@router.post(
    "/verification-bodies/{body_id}/verifiers",
    summary="Have a verifier verify for a body",
    response_model=Data[VerificationBodyResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT),
)
async def add_verifier(
    request: Request,
    account: SignedIn,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    body_id: UUID,
    body: BodyVerifierRequest,
) -> Response:
    """For administrators. The account verifies for its former body no more."""
    parts = resources(request)
    view = await commands.add_verifier(parts, account, body_id, body.user_id)
    return json_response(body_response(view, on=commands.today(parts)))


@declarations_router.post(
    "/verifications/{verification_id}/conflict-of-interest",
    status_code=201,
    summary="Declare whether I have a conflict of interest",
    response_model=Data[ConflictDeclarationResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT),
)
async def declare_conflict(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: ConflictDeclarationRequest,
) -> Response:
    """
    For the assigned verifier, the validator and the technical reviewer. Who has declared a conflict decides nothing,
    and staff assign another one.

    Who declares nothing declares by approving or rejecting that there is none, unless the registry
    wants it said before (`CONFLICT_DECLARATION_REQUIRED`).
    """
    declaration = await commands.declare_conflict(
        resources(request),
        account,
        key,
        verification_id,
        declared=body.declared,
        words=body.words,
    )
    return json_response(declaration_response(declaration), status=201)


@declarations_router.get(
    "/verifications/{verification_id}/conflict-of-interest",
    summary="Read the declarations of interests",
    response_model=DataList[ConflictDeclarationResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def list_declarations(request: Request, account: SignedIn, verification_id: UUID) -> Response:
    """For staff all of them, for a verifier their own, newest first; the supplier reads none (403)."""
    view = await visible_verification(resources(request), account, verification_id)
    account.require(Permission.DECIDE_VERIFICATION)
    everybody = account.may(Permission.SEE_EVERYTHING)
    if not everybody and account.id != view.verification.verifier_id:
        raise Forbidden("Only the round's verifier and staff read declarations of interests.")
    async with reading(request) as connection:
        found = await declarations_of(
            connection, verification_id, verifier_id=None if everybody else account.id
        )
    return whole_list_response([declaration_response(one) for one in found], limit=DECLARATIONS_MAX)
