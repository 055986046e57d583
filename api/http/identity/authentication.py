"""Who is asking: bearer tokens to accounts, and the sessions behind them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from adapters.postgres.identity import Identity, act_as
from api.http.errors.error_mapping import NotSignedIn
from api.http.identity.api_keys import key_holder
from api.http.identity.routes import rule_of
from api.http.identity.sessions import bearer_sessions, find_session
from api.http.resources import resources
from domain.accounts.api_keys import looks_like_key
from domain.accounts.roles import Account
from domain.errors import Forbidden

bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="opaque",
    description="The `accessToken` of POST /auth/login or /auth/refresh, or a key of POST /me/api-keys.",
)


async def identify(request: Request) -> Account | None:
    """
    The account whose access token was sent, looked up once for each request; None without a token.

    From here on the request's transactions are this account's (ADR 0067).

    Raises:
        NotSignedIn: a token was sent that is unknown, expired or of an ended session.
        TooManyRequests: this account has used up its minute.
        Forbidden: an API key was sent that may not make this call.
    """
    if not hasattr(request.state, "account"):
        request.state.account = await _look_up(request)
    account: Account | None = request.state.account
    if account is not None:
        act_as(Identity.of(account))
    return account


async def _look_up(request: Request) -> Account | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("The Authorization header must be “Bearer” and an access token.")
    if looks_like_key(token.strip()):
        account, request.state.session_id = await key_holder(request, token.strip())
        return account
    kind = bearer_sessions(resources(request).settings)
    session = await find_session(request, kind, token.strip())
    if session is None:
        raise NotSignedIn(
            "The access token is unknown or has expired; refresh it or sign in again."
        )
    request.state.session_id = session.family_id
    return session.account


_Sent = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def optional_account(request: Request, sent: _Sent) -> Account | None:  # noqa: ARG001 -- documents the scheme
    return await identify(request)


async def signed_in(request: Request, sent: _Sent) -> Account:  # noqa: ARG001 -- documents the scheme
    account = await identify(request)
    if account is None:
        raise NotSignedIn("Sign in first: send an access token in the Authorization header.")
    _require_route(request, account)
    return account


def _require_route(request: Request, account: Account) -> None:
    """
    Turn away who may not, as the table of routes says; what a thing must be seen for, its command asks.

    Raises:
        Forbidden: this account's role never does that; or no rule says who does.
    """
    rule = rule_of(request.scope, request.method)
    if rule is None:
        raise Forbidden("No rule says who may do that.")
    if rule.turns_away_by_role():
        account.require(rule.permission)


SignedIn = Annotated[Account, Depends(signed_in)]
PERMITTED = Depends(signed_in)
"""For `dependencies=`, where no handler needs to know who asks."""


async def session_of_asker(request: Request, account: SignedIn) -> UUID:  # noqa: ARG001 -- looked up first
    """The log-in, as all sessions that came from it share, or the API key that asks."""
    session_id: UUID = request.state.session_id
    return session_id


SessionId = Annotated[UUID, Depends(session_of_asker)]
MaybeSignedIn = Annotated[Account | None, Depends(optional_account)]
