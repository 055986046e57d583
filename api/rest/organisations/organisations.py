"""One's own organisation: its facts, who acts for it, invitations sent and received."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.organisations.reads import (
    members_of,
    my_organisation,
    received_invitations,
    sent_invitations,
)
from api.commands.organisations import members as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import whole_list_response
from api.http.resources import reading, resources
from api.http.responses import PRIVATE, json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.organisations.schemas.organisations import (
    MemberInvitationRequest,
    MemberRoleRequest,
    OrganisationRequest,
    OrganisationResponse,
    ReceivedInvitationResponse,
    organisation_response,
    received_invitation_response,
)
from domain.accounts.roles import Account
from domain.errors import NotFound
from domain.organisations.organisations import MemberRole

WAITING_MAX = 100

router = APIRouter(tags=["Accounts"], route_class=IdempotentRoute)
_READ = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR)
_OWN = (*_READ, Code.AUTHORIZATION_ERROR, Code.CONFLICT)


@router.get(
    "/me/organisation",
    summary="Read my organisation",
    response_model=Data[OrganisationResponse],
    responses=error_responses(*_READ, Code.NOT_FOUND),
)
async def read_organisation(request: Request, account: SignedIn) -> Response:
    """Who acts for it; for owners the invitations that wait, too. Who acts for none: 404."""
    return await _organisation(request, account)


@router.patch(
    "/me/organisation",
    summary="Change my organisation",
    response_model=Data[OrganisationResponse],
    responses=error_responses(*_OWN, Code.NOT_FOUND),
)
async def change_organisation(
    request: Request, account: SignedIn, body: OrganisationRequest
) -> Response:
    """For owners. A legal name that stands on public pages stays as it is (409)."""
    await commands.change_organisation(resources(request), account, body.changes())
    return await _organisation(request, account)


@router.post(
    "/me/organisation/invitations",
    status_code=201,
    summary="Invite somebody to my organisation",
    response_model=Data[OrganisationResponse],
    responses=error_responses(*_OWN, Code.NOT_FOUND),
)
async def invite_member(
    request: Request, account: SignedIn, key: OperationKey, body: MemberInvitationRequest
) -> Response:
    """
    For owners. Whoever reads the e-mail accepts or declines within seven days, signed in.

    Who has no account gets one of the owner's role; the answer is the same either way.
    """
    await commands.invite_member(
        resources(request), account, key, email=body.email, name=body.name, role=body.role
    )
    return await _organisation(request, account, status=201)


@router.delete(
    "/me/organisation/invitations/{invitation_id}",
    status_code=204,
    summary="Withdraw an invitation",
    response_class=Response,
    responses=error_responses(*_OWN, Code.NOT_FOUND),
)
async def withdraw_invitation(request: Request, account: SignedIn, invitation_id: UUID) -> Response:
    """For owners. It is accepted no more."""
    await commands.withdraw_invitation(resources(request), account, invitation_id)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})


@router.patch(
    "/me/organisation/members/{user_id}",
    summary="Make somebody an owner or a member",
    response_model=Data[OrganisationResponse],
    responses=error_responses(*_OWN, Code.NOT_FOUND),
)
async def change_member(
    request: Request, account: SignedIn, user_id: UUID, body: MemberRoleRequest
) -> Response:
    """For owners; the last of them stays one (409)."""
    await commands.set_member_role(resources(request), account, user_id, body.role)
    return await _organisation(request, account)


@router.delete(
    "/me/organisation/members/{user_id}",
    status_code=204,
    summary="Remove somebody from my organisation, or leave it",
    response_class=Response,
    responses=error_responses(*_OWN, Code.NOT_FOUND),
)
async def remove_member(request: Request, account: SignedIn, user_id: UUID) -> Response:
    """
    Owners remove others; everybody may leave by their own identifier. It counts from this moment on.

    The last owner stays as long as there are members, projects or credits (409).
    """
    await commands.remove_member(resources(request), account, user_id)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})


@router.get(
    "/me/invitations",
    summary="Read my invitations",
    response_model=DataList[ReceivedInvitationResponse],
    responses=error_responses(*_READ),
)
async def list_received(request: Request, account: SignedIn) -> Response:
    """Organisations that invite one to act for them, and wait for an answer."""
    async with reading(request) as connection:
        found = await received_invitations(
            connection, account.id, at=resources(request).clock.now()
        )
    return whole_list_response(
        [received_invitation_response(one) for one in found], limit=WAITING_MAX
    )


@router.post(
    "/me/invitations/{invitation_id}/accept",
    summary="Accept an invitation",
    response_model=Data[OrganisationResponse],
    responses=error_responses(*_READ, Code.NOT_FOUND, Code.CONFLICT),
)
async def accept_invitation(
    request: Request,
    account: SignedIn,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    invitation_id: UUID,
) -> Response:
    """
    One acts for that organisation from now on, and for one's former one no more.

    The last owner of an organisation with members, projects or credits stays there (409).
    """
    await commands.accept_invitation(resources(request), account, invitation_id)
    return await _organisation(request, account)


@router.post(
    "/me/invitations/{invitation_id}/decline",
    status_code=204,
    summary="Decline an invitation",
    response_class=Response,
    responses=error_responses(*_READ, Code.NOT_FOUND, Code.CONFLICT),
)
async def decline_invitation(
    request: Request,
    account: SignedIn,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    invitation_id: UUID,
) -> Response:
    """One keeps acting for whom one does."""
    await commands.decline_invitation(resources(request), account, invitation_id)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})


@done_as(SYSTEM)
async def _organisation(request: Request, account: Account, *, status: int = 200) -> Response:
    async with reading(request) as connection:
        view = await my_organisation(connection, account.id)
        if view is None:
            raise NotFound("You act for no organisation.")
        people = await members_of(connection, view.id)
        waiting = (
            await sent_invitations(connection, view.id, at=resources(request).clock.now())
            if view.my_role == MemberRole.OWNER
            else None
        )
    return json_response(organisation_response(view, people, waiting), status=status)
