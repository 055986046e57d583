"""Accounts, for staff: who is there, inviting, locking, roles."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.users import UserFilter, UserView, acts_on, users_page
from adapters.postgres.organisations.reads import VerifierLoadView, verifier_loads
from api.commands.accounts import users as commands
from api.commands.addresses import user_address
from api.http.errors.problem import Code, error_responses
from api.http.fields import Text
from api.http.idempotency import OperationKey
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.accounts.schemas.users import (
    ChangeUserRequest,
    InviteRequest,
    UserDetailResponse,
    UserSummaryResponse,
    user_detail_response,
    user_summary_response,
)
from domain.accounts.membership import AccountStatus
from domain.accounts.roles import Role

ACTS_MAX = 100

router = APIRouter(
    tags=["Staff"],
    route_class=IdempotentRoute,
    dependencies=[PERMITTED],
)
_ERRORS = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR)


@router.get(
    "/users",
    summary="List accounts",
    response_model=DataList[UserSummaryResponse],
    responses=error_responses(*_ERRORS),
)
async def list_users(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(UserSummaryResponse, sort="createdAt")],
    role: Role | None = None,
    status: AccountStatus | None = None,
    q: Annotated[
        str | None,
        Text(200),
        Query(description="Words that stand in the name, the e-mail or the organisation."),
    ] = None,
) -> Response:
    """For administrators; `role=verifier` are those who verify, with their load."""
    async with reading(request) as connection:
        rows = await users_page(connection, UserFilter(q, role, status), list_request.page)
    await commands.note_shown(resources(request), account, list_request.page.shown(rows))
    load = await _loads(request, rows)
    return list_response(
        request,
        list_request,
        rows,
        lambda view: user_summary_response(view, load.get(view.id)),
        lambda view: (view.created_at, view.id),
    )


@router.post(
    "/users",
    status_code=201,
    summary="Invite somebody",
    response_model=Data[UserSummaryResponse],
    responses=error_responses(*_ERRORS, Code.CONFLICT),
)
async def invite_user(
    request: Request, account: SignedIn, key: OperationKey, body: InviteRequest
) -> Response:
    """
    For administrators. Makes an account of any role; a link to choose the password is mailed.

    The invitation is good for seven days and once. An e-mail that has an account: 409.
    """
    view = await commands.invite(
        resources(request),
        account,
        key,
        email=body.email,
        name=body.name,
        company=body.company,
        role=body.role,
    )
    return json_response(
        user_summary_response(view, (await _loads(request, [view])).get(view.id)),
        status=201,
        location=user_address(view.id),
    )


@router.get(
    "/users/{user_id}",
    summary="Read an account",
    response_model=Data[UserDetailResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def read_user(request: Request, account: SignedIn, user_id: UUID) -> Response:
    """For administrators: with what staff did to it, and why."""
    view = await commands.found_user(resources(request), user_id)
    await commands.note_shown(resources(request), account, [view])
    return await _detail(request, view)


@router.patch(
    "/users/{user_id}",
    summary="Lock or unlock an account, or change its role",
    response_model=Data[UserDetailResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT),
)
async def change_user(
    request: Request, account: SignedIn, user_id: UUID, body: ChangeUserRequest
) -> Response:
    """
    For administrators, with a reason that staff alone read. Locking ends all sessions at once.

    Nobody does it to their own account (403), nor to the last administrator who can sign in (409).
    """
    view = await commands.change_user(
        resources(request),
        account,
        user_id,
        reason=body.reason,
        locked=body.locked,
        role=body.role,
    )
    return await _detail(request, view)


@router.post(
    "/users/{user_id}/invitation",
    summary="Send an invitation again",
    response_model=Data[UserSummaryResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT),
)
async def invite_again(
    request: Request,
    account: SignedIn,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    user_id: UUID,
) -> Response:
    """For administrators. Earlier links are good no more."""
    view = await commands.invite_again(resources(request), account, user_id)
    return json_response(user_summary_response(view, (await _loads(request, [view])).get(view.id)))


async def _detail(request: Request, view: UserView) -> Response:
    async with reading(request) as connection:
        acts = await acts_on(connection, view.id, limit=ACTS_MAX)
    load = (await _loads(request, [view])).get(view.id)
    return json_response(user_detail_response(view, acts, load))


async def _loads(request: Request, views: Sequence[UserView]) -> Mapping[UUID, VerifierLoadView]:
    """Of the verifiers among them; the one more that tells that a list goes on costs nothing."""
    verifiers = [view.id for view in views if view.role is Role.VERIFIER]
    if not verifiers:
        return {}
    parts = resources(request)
    before = parts.clock.now() - timedelta(hours=parts.settings.rules.review_deadline_hours)
    async with reading(request) as connection:
        return await verifier_loads(
            connection, verifiers, at=parts.clock.now(), overdue_before=before
        )
