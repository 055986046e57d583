"""
Sessions over HTTP: two kinds over one store, bearer tokens of the API and the cookie of the pages.

A kind says what its tokens begin with and how long they are good. Both are found, opened and ended
by the same functions, and count against the same limit of an account.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from adapters.postgres.accounts.sessions import PostgresSessions, Session, SessionView
from adapters.postgres.replication.replica import heed_own_writes, note_writer
from adapters.settings import Settings
from api.http.identity.devices import device_token
from api.http.middleware.rate_limits import address_of
from api.http.resources import resources
from domain.accounts.session_origins import browser_family, one_host, shortened_address


@dataclass(frozen=True)
class SessionKind:
    """Access tokens begin with `mark` and expire after `expires_after`; the session is over after `ends_after`."""

    mark: str
    expires_after: timedelta
    ends_after: timedelta

    def is_of(self, token: str) -> bool:
        """Whether it is a token of this kind; no token is of two."""
        mark, dot, _ = token.rpartition(".")
        return mark + dot == self.mark


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


@dataclass(frozen=True)
class SessionOrigin:
    """
    Where a request comes from: a session remembers `network` and `browser` of it, and no more.

    `host` is one caller, for counting. `device` is the token of the device's cookie, if one was sent.
    """

    host: str
    network: str | None
    browser: str | None
    device: str | None


def session_origin(request: Request) -> SessionOrigin:
    address = address_of(request.scope)
    return SessionOrigin(
        host=one_host(address),
        network=shortened_address(address),
        browser=browser_family(request.headers.get("user-agent")),
        device=device_token(request),
    )


async def find_session(request: Request, kind: SessionKind, token: str) -> SessionView | None:
    """
    The session of an access token, unless it has expired, was ended or is of another kind.

    Raises:
        TooManyRequests: its account has used up its minute.
    """
    parts = resources(request)
    if not kind.is_of(token):
        return None
    # A log-out counts at once.
    async with parts.reading_primary() as connection:
        session = await PostgresSessions(connection).find(token_hash(token), at=parts.clock.now())
        if session is not None:
            await heed_own_writes(connection, session.account.id)
    if session is not None:
        await parts.account_limit.count(str(session.account.id))
    return session


async def start_session(
    connection: AsyncConnection,
    kind: SessionKind,
    account_id: UUID,
    *,
    family_id: UUID,
    origin: SessionOrigin,
    device_hash: str | None,
    at: datetime,
) -> SessionTokens:
    """
    Store a session and give its tokens.

    `family_id` is that of the log-in it comes from, `device_hash` that of the device's token.
    """
    note_writer(account_id)
    tokens = SessionTokens(kind.mark + new_token(), new_token())
    session = Session(
        id=uuid4(),
        user_id=account_id,
        family_id=family_id,
        access_token_hash=token_hash(tokens.access),
        refresh_token_hash=token_hash(tokens.refresh),
        access_expires_at=at + kind.expires_after,
        refresh_expires_at=at + kind.ends_after,
        device_hash=device_hash,
    )
    await PostgresSessions(connection).open(
        session, ip_address=origin.network, user_agent=origin.browser
    )
    return tokens
