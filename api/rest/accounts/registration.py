"""Opening an account, confirming it, and choosing a password by mail: what nobody needs an account for."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.accounts import passwords
from api.commands.accounts import registration as commands
from api.http.errors.problem import Code, error_responses
from api.http.identity.sessions import session_origin
from api.http.resources import resources
from api.http.responses import PRIVATE, json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.accounts.schemas.accounts import UserResponse, user_response
from api.rest.accounts.schemas.registration import (
    EmailRequest,
    RegisterRequest,
    ResetPasswordRequest,
    TokenRequest,
)

router = APIRouter(tags=["Accounts"], route_class=RegistryRoute)


@router.post(
    "/auth/register",
    status_code=201,
    summary="Open an account",
    response_model=Data[UserResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHORIZATION_ERROR),
)
async def register(request: Request, body: RegisterRequest) -> Response:
    """
    Makes an account of a developer or a buyer, who can sign in once the e-mail is confirmed.

    Whether the e-mail has an account already is not told here but to its owner, by mail: the answer
    is the same, and its `id` then leads nowhere. Registering an e-mail again before it was confirmed
    replaces what was registered.
    """
    wanted = commands.Registration(**dict(body))
    view = await commands.register(resources(request), wanted, host=session_origin(request).host)
    return json_response(user_response(view), status=201)


@router.post(
    "/auth/verify-email",
    summary="Confirm an e-mail address",
    response_model=Data[UserResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.CONFLICT),
)
async def verify_email(request: Request, body: TokenRequest) -> Response:
    """With the token of the link that was mailed, which is good once and for two days."""
    view = await commands.confirm_email(
        resources(request), body.token, host=session_origin(request).host
    )
    return json_response(user_response(view))


@router.post(
    "/auth/resend-verification",
    status_code=202,
    summary="Ask for the confirming link once more",
    response_class=Response,
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def resend_verification(request: Request, body: EmailRequest) -> Response:
    """Always 202; a mail goes out when an account waits to be confirmed, at most five in an hour."""
    await commands.ask_for_confirmation(
        resources(request), body.email, host=session_origin(request).host
    )
    return Response(status_code=202, headers={"Cache-Control": PRIVATE})


@router.post(
    "/auth/forgot-password",
    status_code=202,
    summary="Ask for a link to choose another password",
    response_class=Response,
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def forgot_password(request: Request, body: EmailRequest) -> Response:
    """Always 202, after the same work; a mail goes out when there is an account, at most five in an hour."""
    await commands.ask_for_reset(resources(request), body.email, host=session_origin(request).host)
    return Response(status_code=202, headers={"Cache-Control": PRIVATE})


@router.post(
    "/auth/reset-password",
    status_code=204,
    summary="Choose a password by the link that was mailed",
    response_class=Response,
    responses=error_responses(Code.VALIDATION_ERROR, Code.CONFLICT),
)
async def reset_password(request: Request, body: ResetPasswordRequest) -> Response:
    """
    Of an account whose password was forgotten (the link is good for an hour), or that was invited.

    The link is good once. All sessions of the account end, and its owner is told by mail.
    """
    await passwords.reset_password(
        resources(request), body.token, body.password, host=session_origin(request).host
    )
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})
