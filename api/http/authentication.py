"""Who is asking: bearer tokens to accounts, and the sessions behind them."""

import hashlib
import secrets
from typing import Annotated, Any, TypedDict

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from adapters.postgres.accounts.sessions import PostgresSessions
from api.http.error_mapping import NotSignedIn
from api.http.resources import reading, resources
from domain.accounts.roles import Account, Permission

bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="opaque",
    description="The `accessToken` of POST /auth/login or /auth/refresh.",
)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token. It is random, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


class SessionOrigin(TypedDict):
    """What a session remembers of where it was opened."""

    ip_address: str | None
    user_agent: str | None


def session_origin(request: Request) -> SessionOrigin:
    user_agent = request.headers.get("user-agent")
    return {
        "ip_address": request.client.host if request.client else None,
        "user_agent": user_agent[:500] if user_agent else None,
    }


async def identify(request: Request) -> Account | None:
    """
    The account whose access token was sent, looked up once for each request; None without a token.

    Raises:
        NotSignedIn: a token was sent that is unknown, expired or of an ended session.
        TooManyRequests: this account has used up its minute.
    """
    if not hasattr(request.state, "account"):
        request.state.account = await _look_up(request)
    account: Account | None = request.state.account
    return account


async def _look_up(request: Request) -> Account | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("The Authorization header must be “Bearer” and an access token.")
    parts = resources(request)
    async with reading(request) as connection:
        account = await PostgresSessions(connection).account_for(
            token_hash(token.strip()), at=parts.clock.now()
        )
    if account is None:
        raise NotSignedIn(
            "The access token is unknown or has expired; refresh it or sign in again."
        )
    parts.account_limit.count(str(account.id))
    return account


_Sent = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def optional_account(request: Request, sent: _Sent) -> Account | None:  # noqa: ARG001 -- documents the scheme
    return await identify(request)


async def signed_in(request: Request, sent: _Sent) -> Account:  # noqa: ARG001 -- documents the scheme
    account = await identify(request)
    if account is None:
        raise NotSignedIn("Sign in first: send an access token in the Authorization header.")
    return account


SignedIn = Annotated[Account, Depends(signed_in)]
MaybeSignedIn = Annotated[Account | None, Depends(optional_account)]


def requires(permission: Permission) -> Any:
    """For `dependencies=`: turn away roles that do not include the permission."""

    async def check(account: SignedIn) -> None:
        account.require(permission)

    return Depends(check)
