"""Log-in, sessions and the profile of the one who asks."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID, uuid4

import bcrypt
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.sessions import PostgresSessions, Session
from api.http.authentication import SignedIn, new_token, token_hash
from api.http.error_mapping import NotSignedIn
from api.http.problem import Code, error_responses
from api.http.resources import reading, resources
from api.http.responses import PRIVATE, answer
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.accounts.schemas.accounts import (
    LoginRequest,
    RefreshRequest,
    TokensResponse,
    UserResponse,
    user_response,
)
from domain.accounts.roles import after_failed_login

PASSWORD_BYTES_MAX = 72
"""bcrypt reads no further, so no account has a longer password."""

WRONG_LOGIN = (
    "E-mail or password is wrong, or the account is locked for 30 minutes after five failures."
)
"""One and the same sentence, so that nobody learns which e-mail addresses have accounts."""

WRONG_REFRESH = "The refresh token is unknown, used or expired; sign in again."


router = APIRouter(tags=["Accounts"], route_class=RegistryRoute)


@router.post(
    "/auth/login",
    summary="Sign in",
    response_model=Data[TokensResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def log_in(request: Request, sent: LoginRequest) -> Response:
    """
    Gives tokens for an e-mail address and its password.

    Five failures in a row lock the account for 30 minutes. Wrong, unknown and locked are answered
    with the same sentence and take the same time.
    """
    account_id = await account_of(request, sent)
    return await _open_session(request, account_id, family_id=uuid4())


async def account_of(request: Request, sent: LoginRequest) -> UUID:
    """
    Whose e-mail address and password these are; asked by the call and by the page /sign-in alike.

    Raises:
        NotSignedIn: wrong, unknown or locked.
    """
    parts = resources(request)
    async with reading(request) as connection:
        found = await PostgresSessions(connection).login(sent.email)
    account_id, password_hash = found or (None, _nobodys_hash(parts.settings.web.bcrypt_cost))
    right = await asyncio.to_thread(_is_right, sent.password, password_hash)
    if account_id is None or not await _count_attempt(request, account_id, right=right):
        raise NotSignedIn(WRONG_LOGIN)
    return account_id


@router.post(
    "/auth/refresh",
    summary="Refresh tokens",
    response_model=Data[TokensResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def refresh(request: Request, sent: RefreshRequest) -> Response:
    """
    Gives new tokens for a refresh token, which is good once.

    Using one a second time means that two parties have it: all sessions of that log-in end.
    """
    now = resources(request).clock.now()
    async with resources(request).engine.begin() as connection:
        sessions = PostgresSessions(connection)
        session = await sessions.lock_by_refresh_token(token_hash(sent.refresh_token))
        usable = False
        if session is not None and session.rotated_at is not None:
            await sessions.end_family(session.family_id, now)
        elif session is not None:
            usable = session.ended_at is None and now < session.refresh_expires_at
        if session is not None and usable:
            await sessions.mark_rotated(session.id, now)
    if session is None or not usable:
        raise NotSignedIn(WRONG_REFRESH)
    return await _open_session(request, session.user_id, family_id=session.family_id)


@router.post(
    "/auth/logout",
    status_code=204,
    summary="Sign out",
    response_class=Response,
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def log_out(request: Request, sent: RefreshRequest) -> Response:
    """Ends all sessions of the log-in that the refresh token comes from; an unknown one ends none."""
    parts = resources(request)
    async with parts.engine.begin() as connection:
        sessions = PostgresSessions(connection)
        session = await sessions.lock_by_refresh_token(token_hash(sent.refresh_token))
        if session is not None:
            await sessions.end_family(session.family_id, parts.clock.now())
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
        profile = await PostgresSessions(connection).profile(account.id)
    return answer(user_response(profile))


@lru_cache(maxsize=2)
def _nobodys_hash(cost: int) -> str:
    """Something to compare with when there is no account, so that the answer takes as long."""
    return bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(cost)).decode()


def _is_right(password: str, password_hash: str) -> bool:
    typed = password.encode()
    fits = len(typed) <= PASSWORD_BYTES_MAX and b"\0" not in typed
    # What bcrypt cannot take is compared all the same, cut, for the sake of time.
    same = bcrypt.checkpw(typed.replace(b"\0", b"")[:PASSWORD_BYTES_MAX], password_hash.encode())
    return same and fits


async def _count_attempt(request: Request, account_id: UUID, *, right: bool) -> bool:
    """Whether the log-in counts; failures are counted under the account's lock."""
    parts = resources(request)
    now = parts.clock.now()
    async with parts.engine.begin() as connection:
        sessions = PostgresSessions(connection)
        account = await sessions.lock_account(account_id)
        if account.is_locked(at=now):
            return False
        if right:
            await sessions.note_login(account_id, now)
        else:
            await sessions.save_attempts(account_id, after_failed_login(account, at=now))
    return right


@dataclass(frozen=True)
class _Tokens:
    access: str
    refresh: str


async def _open_session(request: Request, account_id: UUID, *, family_id: UUID) -> Response:
    parts = resources(request)
    now = parts.clock.now()
    tokens = _Tokens(new_token(), new_token())
    lifetime = timedelta(minutes=parts.settings.web.access_token_minutes)
    session = Session(
        id=uuid4(),
        user_id=account_id,
        family_id=family_id,
        access_token_hash=token_hash(tokens.access),
        refresh_token_hash=token_hash(tokens.refresh),
        access_expires_at=now + lifetime,
        refresh_expires_at=now + timedelta(days=parts.settings.web.refresh_token_days),
    )
    async with parts.engine.begin() as connection:
        sessions = PostgresSessions(connection)
        await sessions.open(session, **sent_from(request))
        profile = await sessions.profile(account_id)
    return answer(
        TokensResponse(
            access_token=tokens.access,
            refresh_token=tokens.refresh,
            expires_in=int(lifetime.total_seconds()),
            user=user_response(profile),
        )
    )


def sent_from(request: Request) -> dict[str, str | None]:
    """What a session remembers of where it was opened."""
    user_agent = request.headers.get("user-agent")
    return {
        "ip_address": request.client.host if request.client else None,
        "user_agent": user_agent[:500] if user_agent else None,
    }
