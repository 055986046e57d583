"""Calculations, and the tonnes of rounds that follow from them."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.monitoring.declared import declared_calculations
from api.commands.monitoring import quantifications as commands
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import MEDIA_TYPE, PRIVATE, data_bytes, json_response, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.monitoring.examples.monitoring import INPUTS
from api.rest.monitoring.schemas.quantifications import (
    CalculationResponse,
    CalculationsResponse,
    QuantificationRequest,
    QuantificationResponse,
    calculation_response,
    public_quantification_response,
    quantification_response,
)

router = APIRouter(tags=["Monitoring"], route_class=RegistryRoute)
public_router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)

_READ = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_PUBLIC = error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND)
_INPUTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document of inputs: canonical JSON (RFC 8785), as its SHA-256 is of.",
        "content": {MEDIA_TYPE: {"schema": {"type": "object"}, "example": INPUTS}},
    }
}


@router.get(
    "/calculations",
    summary="List calculations",
    response_model=Data[CalculationsResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_calculations(request: Request) -> Response:
    """How tonnes are worked out of monitoring data, for everybody."""
    found = [calculation_response(one) for one in declared_calculations().values()]
    return public_response(request, data_bytes(CalculationsResponse(calculations=found)))


@router.get(
    "/calculations/{calculation_id}",
    summary="Read a calculation",
    response_model=Data[CalculationResponse],
    responses=_PUBLIC,
)
async def read_calculation(request: Request, calculation_id: str) -> Response:
    """In its newest version; a quantification's inputs have the one that it was worked out by."""
    found = commands.known_calculation(calculation_id)
    return public_response(request, data_bytes(calculation_response(found)))


@router.post(
    "/verifications/{verification_id}/quantification",
    status_code=201,
    summary="Work out the tonnes of a round",
    response_model=Data[QuantificationResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def quantify(
    request: Request, account: SignedIn, verification_id: UUID, body: QuantificationRequest
) -> Response:
    """
    For the project's supplier and the assigned verifier, until the round is decided.

    Of readings and accepted files of the project, as they are now; those flagged `fail` or `missing` never count.
    The newest counts: an approval is bound to it, and one of more than follows from it waits for a
    countersignature. The same inputs again are the same quantification.
    """
    made = await commands.quantify(resources(request), account, verification_id, body.terms())
    return json_response(quantification_response(made), status=201)


@router.get(
    "/verifications/{verification_id}/quantification",
    summary="Read the tonnes of a round",
    response_model=Data[QuantificationResponse],
    responses=_READ,
)
async def read_quantification(
    request: Request, account: SignedIn, verification_id: UUID
) -> Response:
    """For the project's supplier, the assigned verifier, and administrators: the newest."""
    found = await commands.visible_quantification(resources(request), account, verification_id)
    return json_response(quantification_response(found))


@router.get(
    "/verifications/{verification_id}/quantification/inputs.json",
    summary="Download what the tonnes of a round were worked out of",
    response_class=Response,
    responses=_READ | _INPUTS,
)
async def download_inputs(request: Request, account: SignedIn, verification_id: UUID) -> Response:
    """Likewise: calculation, parameters and every value, with the reading or the line that it is."""
    content = await commands.visible_inputs(resources(request), account, verification_id)
    headers = {
        "Cache-Control": PRIVATE,
        "Content-Disposition": f'attachment; filename="inputs-{verification_id}.json"',
    }
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


@public_router.get(
    "/verifications/{verification_id}/quantification",
    summary="Read the tonnes that an approval rests on",
    response_model=Data[QuantificationResponse],
    responses=_PUBLIC,
)
async def read_public_quantification(request: Request, verification_id: UUID) -> Response:
    """What an approved round is bound to, from its last approval on."""
    found = await commands.public_quantification(resources(request), verification_id)
    return public_response(request, data_bytes(public_quantification_response(found)))


@public_router.get(
    "/verifications/{verification_id}/quantification/inputs.json",
    summary="Download what an approval's tonnes were worked out of",
    response_class=Response,
    responses=_PUBLIC | _INPUTS,
)
async def download_public_inputs(request: Request, verification_id: UUID) -> Response:
    """Calculation, parameters and every value; `python -m tools.requantify` works the tonnes out again."""
    found = await commands.public_quantification(resources(request), verification_id)
    return public_response(request, found.content, filename=f"inputs-{verification_id}.json")
