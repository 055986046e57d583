"""What people change of their own account: profile, password, sessions."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.reads import open_sessions
from api.commands.accounts import email_change, passwords
from api.commands.accounts import profile as commands
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import SessionId, SignedIn
from api.http.resources import reading, resources
from api.http.responses import MEDIA_TYPE, PRIVATE, json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList
from api.rest.accounts.schemas.accounts import UserResponse, user_response
from api.rest.accounts.schemas.profile import ProfileRequest, SessionResponse, session_response
from api.rest.accounts.schemas.registration import ChangeEmailRequest, ChangePasswordRequest

SESSIONS_MAX = 100

router = APIRouter(tags=["Accounts"], route_class=RegistryRoute)


@router.patch(
    "/me",
    summary="Change my profile",
    response_model=Data[UserResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.CONFLICT),
)
async def change_me(request: Request, account: SignedIn, body: ProfileRequest) -> Response:
    """
    Changes what is sent: name, organisation, preferences.

    An organisation that stands on public pages, with a project that one registered or verifies,
    stays as it is (409).
    """
    view = await commands.change_profile(resources(request), account, body.changes())
    return json_response(user_response(view))


@router.post(
    "/me/password",
    status_code=204,
    summary="Change my password",
    response_class=Response,
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def change_password(
    request: Request, account: SignedIn, family: SessionId, body: ChangePasswordRequest
) -> Response:
    """Ends all other sessions of the account; its owner is told by mail."""
    await passwords.change_password(
        resources(request), account, family, current=body.current_password, new=body.new_password
    )
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})


@router.post(
    "/me/email",
    status_code=202,
    summary="Change my e-mail address",
    response_class=Response,
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def change_email(request: Request, account: SignedIn, body: ChangeEmailRequest) -> Response:
    """
    Always 202 where the password is right: the address counts once the link in the mail to it was used.

    Until then one signs in as before. Whether the address has an account already is told to its owner
    alone, by mail; the present address is told that another one was asked for.
    """
    await email_change.ask_to_change_email(
        resources(request), account, body.email, current=body.current_password
    )
    return Response(status_code=202, headers={"Cache-Control": PRIVATE})


@router.delete(
    "/me/email",
    status_code=204,
    summary="Keep the e-mail address that I have",
    response_class=Response,
    responses=error_responses(Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def keep_email(request: Request, account: SignedIn) -> Response:
    """Takes back a change that is not confirmed yet; the link in its mail is good for nothing."""
    await email_change.keep_email(resources(request), account)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})


@router.get(
    "/me/sessions",
    summary="List my sessions",
    response_model=DataList[SessionResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR),
)
async def list_sessions(request: Request, account: SignedIn, family: SessionId) -> Response:
    """Where one is signed in, newest first; the newest hundred."""
    parts = resources(request)
    async with reading(request) as connection:
        views = await open_sessions(
            connection, account.id, at=parts.clock.now(), limit=SESSIONS_MAX
        )
    listed = DataList[SessionResponse].model_validate(
        {
            "data": [session_response(view, current_id=family) for view in views],
            "meta": {"limit": SESSIONS_MAX, "next_cursor": None},
            "links": {"next": None},
        }
    )
    return Response(
        listed.model_dump_json(by_alias=True),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": PRIVATE},
    )


@router.delete(
    "/me/sessions/{session_id}",
    status_code=204,
    summary="End one of my sessions",
    response_class=Response,
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def end_session(request: Request, account: SignedIn, session_id: UUID) -> Response:
    """All its tokens are good no more, from this moment on; also of the session that asks."""
    await commands.end_session(resources(request), account, session_id)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})
