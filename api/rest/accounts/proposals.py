"""What administrators propose, and another one's answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.proposals import proposals_page
from api.commands import proposals as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.accounts.schemas.proposals import (
    ProposalRefusalRequest,
    ProposalResponse,
    proposal_response,
)
from domain.accounts.proposals import ProposalStatus

router = APIRouter(tags=["Staff"], route_class=IdempotentRoute, dependencies=[PERMITTED])
_ERRORS = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR)


@router.get(
    "/proposals",
    summary="List proposals",
    response_model=DataList[ProposalResponse],
    responses=error_responses(*_ERRORS),
)
async def list_proposals(
    request: Request,
    list_request: Annotated[ListRequest, page_params(ProposalResponse, sort="proposedAt")],
    status: Annotated[ProposalStatus | None, Query(description="Only these.")] = None,
) -> Response:
    """What one administrator asked for and another must countersign, newest first."""
    async with reading(request) as connection:
        rows = await proposals_page(connection, list_request.page, status=status)
    return list_response(
        request, list_request, rows, proposal_response, lambda p: (p.proposed_at, p.id)
    )


@router.get(
    "/proposals/{proposal_id}",
    summary="Read a proposal",
    response_model=Data[ProposalResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def read_proposal(request: Request, proposal_id: UUID) -> Response:
    """What was proposed, by whom and why, and what became of it."""
    proposal = await commands.found_proposal(resources(request), proposal_id)
    return json_response(proposal_response(proposal))


@router.post(
    "/proposals/{proposal_id}/countersign",
    summary="Countersign a proposal",
    response_model=Data[ProposalResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT, Code.UNAVAILABLE),
)
async def countersign_proposal(
    request: Request, account: SignedIn, proposal_id: UUID, key: OperationKey
) -> Response:
    """For another administrator. Whoever proposed it sends the same request, with its key, once more."""
    proposal = await commands.countersign_proposal(resources(request), account, key, proposal_id)
    return json_response(proposal_response(proposal))


@router.post(
    "/proposals/{proposal_id}/withdraw",
    summary="Withdraw a proposal",
    response_model=Data[ProposalResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT, Code.UNAVAILABLE),
)
async def withdraw_proposal(
    request: Request, account: SignedIn, proposal_id: UUID, key: OperationKey
) -> Response:
    """For whoever proposed it, as long as it waits. What was proposed is not carried out."""
    proposal = await commands.withdraw_proposal(resources(request), account, key, proposal_id)
    return json_response(proposal_response(proposal))


@router.post(
    "/proposals/{proposal_id}/refuse",
    summary="Refuse to countersign a proposal",
    response_model=Data[ProposalResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT, Code.UNAVAILABLE),
)
async def refuse_proposal(
    request: Request,
    account: SignedIn,
    proposal_id: UUID,
    key: OperationKey,
    body: ProposalRefusalRequest,
) -> Response:
    """For another administrator, with the reason. What was proposed is not carried out."""
    proposal = await commands.refuse_proposal(
        resources(request), account, key, proposal_id, reason=body.reason
    )
    return json_response(proposal_response(proposal))
