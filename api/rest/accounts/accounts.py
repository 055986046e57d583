"""Log-in, sessions and the profile of the one who asks."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.reads import profile
from api.commands.accounts import sign_in as commands
from api.commands.accounts.second_factor import SecondStep
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import SignedIn
from api.http.identity.sessions import session_origin
from api.http.resources import reading, resources
from api.http.responses import MEDIA_TYPE, PRIVATE, json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.accounts.examples.accounts import LOGIN_ANSWERS
from api.rest.accounts.schemas.accounts import (
    LoginRequest,
    RefreshRequest,
    TokensResponse,
    UserResponse,
    tokens_response,
    user_response,
)
from api.rest.accounts.schemas.passkeys import AskedNewPasskeyResponse, AskedPasskeyResponse
from api.rest.accounts.schemas.second_steps import SecondStepResponse, second_step_response
from api.rest.accounts.signed_in import signed_in_response

router = APIRouter(tags=["Accounts"], route_class=RegistryRoute)


@router.post(
    "/auth/login",
    summary="Sign in",
    response_model=Data[
        TokensResponse | SecondStepResponse | AskedPasskeyResponse | AskedNewPasskeyResponse
    ],
    responses={
        **error_responses(
            Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR
        ),
        200: {"content": {MEDIA_TYPE: {"examples": LOGIN_ANSWERS}}},
    },
)
async def log_in(request: Request, body: LoginRequest) -> Response:
    """
    Gives tokens for an e-mail address and its password, or what the second factor is asked.

    Where a wallet is linked, POST /auth/wallet takes its signature and gives the tokens; where there
    are passkeys, POST /auth/passkey takes the answer of one (`publicKey` has `rpId`); where there are
    both, either does. Where the role demands a second factor and there is none, POST /auth/passkey/new
    takes the first (`publicKey` has `rp` and `user`). Five
    failures in a row lock the account for 30 minutes for the device or address that they come from,
    and its owner is told. Wrong, unknown and locked are answered with the same sentence and take the
    same time. A cookie that is set makes the device known: failures from elsewhere do not hold it up.
    Beyond so many log-ins at once or in a minute: 429. An e-mail that is not confirmed, or an account
    that staff locked, is told (403) after the right password only.
    """
    answer = await commands.log_in(
        resources(request), body.email, body.password, session_origin(request)
    )
    if isinstance(answer, SecondStep):
        return json_response(second_step_response(answer))
    return signed_in_response(request, answer)


@router.post(
    "/auth/refresh",
    summary="Refresh tokens",
    response_model=Data[TokensResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def refresh(request: Request, body: RefreshRequest) -> Response:
    """
    Gives new tokens for a refresh token, which is good once.

    Using one a second time means that two parties have it: all sessions of that log-in end.
    """
    tokens = await commands.refresh_tokens(
        resources(request), body.refresh_token, session_origin(request)
    )
    return json_response(tokens_response(tokens))


@router.post(
    "/auth/logout",
    status_code=204,
    summary="Sign out",
    response_class=Response,
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def log_out(request: Request, body: RefreshRequest) -> Response:
    """Ends all sessions of the log-in that the refresh token comes from; an unknown one ends none."""
    await commands.log_out(resources(request), body.refresh_token)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})


@router.get(
    "/me",
    summary="Read my profile",
    response_model=Data[UserResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR),
)
async def read_me(request: Request, account: SignedIn) -> Response:
    """The account that the access token belongs to."""
    async with reading(request) as connection:
        view = await profile(connection, account.id)
    return json_response(user_response(view))
