"""
Sessions over HTTP: two kinds over one store, bearer tokens of the API and the cookie of the pages.

A kind says what its tokens begin with and how long they are good. Both are found, opened and ended
by the same functions, and count against the same limit of an account.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from adapters.postgres.accounts.sessions import PostgresSessions, Session, SessionView
from adapters.settings import Settings
from api.http.resources import reading, resources

USER_AGENT_LENGTH_MAX = 500


@dataclass(frozen=True)
class SessionKind:
    """Access tokens begin with `mark` and expire after `expires_after`; the session is over after `ends_after`."""

    mark: str
    expires_after: timedelta
    ends_after: timedelta


@dataclass(frozen=True)
class SessionTokens:
    """Known to their holder alone: what is stored are their hashes."""

    access: str
    refresh: str


def bearer_sessions(settings: Settings) -> SessionKind:
    """Of the API; a refresh token goes on with them."""
    return SessionKind(
        mark="",
        expires_after=timedelta(minutes=settings.web.access_token_minutes),
        ends_after=timedelta(days=settings.web.refresh_token_days),
    )


def new_token() -> str:
    """It has no dot in it, so that a mark with one is no beginning of it."""
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
        "user_agent": user_agent[:USER_AGENT_LENGTH_MAX] if user_agent else None,
    }


async def find_session(request: Request, token: str) -> SessionView | None:
    """
    The session of an access token, unless it has expired or was ended.

    Raises:
        TooManyRequests: its account has used up its minute.
    """
    parts = resources(request)
    async with reading(request) as connection:
        session = await PostgresSessions(connection).find(token_hash(token), at=parts.clock.now())
    if session is not None:
        parts.account_limit.count(str(session.account.id))
    return session


async def start_session(
    connection: AsyncConnection,
    kind: SessionKind,
    account_id: UUID,
    *,
    family_id: UUID,
    origin: SessionOrigin,
    at: datetime,
) -> SessionTokens:
    """Store a session and give its tokens; `family_id` is that of the log-in it comes from."""
    tokens = SessionTokens(kind.mark + new_token(), new_token())
    session = Session(
        id=uuid4(),
        user_id=account_id,
        family_id=family_id,
        access_token_hash=token_hash(tokens.access),
        refresh_token_hash=token_hash(tokens.refresh),
        access_expires_at=at + kind.expires_after,
        refresh_expires_at=at + kind.ends_after,
    )
    await PostgresSessions(connection).open(session, **origin)
    return tokens
