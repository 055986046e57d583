"""
Who is signed in on the pages: a cookie that holds an opaque session token (ADR 0024).

The token is one of `sessions`, as the API's are, but begins with a mark of its own: what the pages
prolong while somebody works is never one of the API's tokens, which last for fifteen minutes.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.reads import unread_count
from adapters.postgres.accounts.sessions import PostgresSessions, SessionView
from adapters.postgres.identity import SIGN_IN, Identity, act_as, done_as
from adapters.settings import Settings
from api.http.identity.devices import remember_device
from api.http.identity.session_audit import note_session_begun, note_session_ended
from api.http.identity.sessions import (
    SessionKind,
    find_session,
    session_origin,
    start_session,
    token_hash,
)
from api.http.resources import resources
from domain.accounts.roles import Account, Permission

IDLE_AFTER = timedelta(minutes=30)
"""Somebody who went away is signed out after this; it can freeze the registry, so not after hours."""

ENDS_AFTER = timedelta(hours=12)
"""A long working day; then the password is asked for again."""

TYPED_KEPT_FOR = timedelta(days=1)
"""After its session ran out, what somebody typed is still taken for them."""

PAGE_SESSIONS = SessionKind(mark="page.", expires_after=IDLE_AFTER, ends_after=ENDS_AFTER)
"""No token of the API has a dot (api/http/identity/sessions.py)."""


class SignInFirst(Exception):
    """Nobody is signed in; a page for signed-in people was asked for."""


@dataclass(frozen=True)
class Person:
    """
    Somebody who is signed in; `form_token` proves that a form came from a page of this session.

    `unread` is how many notifications they have not read, which the header of every page tells.
    """

    session: SessionView
    form_token: str
    unread: int

    @property
    def account(self) -> Account:
        return self.session.account

    @property
    def name(self) -> str:
        return self.session.name

    @property
    def has_desk(self) -> bool:
        return self.account.may(Permission.RUN_CHAIN)


async def load_session(request: Request) -> None:
    """
    Find out who is signed in, once for each request and only when a cookie was sent.

    Raises:
        TooManyRequests: this account has used up its minute.
    """
    token = _token(request)
    if token is None or person_of(request) is not None:
        return
    session = await find_session(request, PAGE_SESSIONS, token)
    if session is None:
        return
    act_as(Identity.of(session.account))
    parts = resources(request)
    async with parts.reading() as connection:
        unread = await unread_count(connection, session.account.id)
    request.state.person = Person(session, _form_token(token), unread)
    until = min(parts.clock.now() + IDLE_AFTER, session.ends_at)
    # Not at each request: a write for each page read would be one too many.
    if until - session.expires_at > IDLE_AFTER / 10:
        async with parts.engine.begin() as writing:
            await PostgresSessions(writing).prolong(session.id, until)


@done_as(SIGN_IN)
async def expired_holder(request: Request, form_token: str) -> Identity | None:
    """
    Whose form this is, when its page is of a session that ran out within a day; None: nobody's.

    It signs nobody in. What was typed is kept for them by this, and nothing else is done (ADR 0094).
    """
    token = _token(request)
    if token is None or not PAGE_SESSIONS.is_of(token):
        return None
    if not hmac.compare_digest(form_token.encode(), _form_token(token).encode()):
        return None
    parts = resources(request)
    now = parts.clock.now()
    async with parts.reading_primary() as connection:
        found = await PostgresSessions(connection).expired_holder(
            token_hash(token), at=now, since=now - TYPED_KEPT_FOR
        )
    return Identity(found[1], found[0]) if found else None


def person_of(request: Request) -> Person | None:
    """Whom `load_session` found."""
    person: Person | None = getattr(request.state, "person", None)
    return person


@done_as(SIGN_IN)
async def open_session(
    request: Request, account_id: UUID, answer: Response, *, device: str
) -> None:
    """
    Sign somebody in with a fresh token; a session that the browser had before is ended.

    `device` is the token by which the browser is known when it signs in again.
    """
    parts = resources(request)
    now = parts.clock.now()
    async with parts.engine.begin() as connection:
        before = person_of(request)
        replaced = before is not None and await PostgresSessions(connection).end_family(
            before.session.family_id, now
        )
        family_id = uuid4()
        # Nobody is ever told the refresh token: a page's session is not refreshed.
        tokens = await start_session(
            connection,
            PAGE_SESSIONS,
            account_id,
            family_id=family_id,
            origin=session_origin(request),
            device_hash=token_hash(device),
            at=now,
        )
        if before is not None and replaced:
            await note_session_ended(
                connection,
                before.account.id,
                before.session.family_id,
                reason="replaced",
                at=now,
            )
        await note_session_begun(connection, account_id, family_id, kind="page", at=now)
    name, over_https = _cookie(parts.settings)
    answer.set_cookie(
        name, tokens.access, path="/", secure=over_https, httponly=True, samesite="lax"
    )
    remember_device(parts.settings, answer, device)


@done_as(SIGN_IN)
async def end_session(request: Request, answer: Response) -> None:
    """Sign out: the session ends at once, and the browser is told to forget its token."""
    parts = resources(request)
    if person := person_of(request):
        async with parts.engine.begin() as connection:
            now, family_id = parts.clock.now(), person.session.family_id
            if await PostgresSessions(connection).end_family(family_id, now):
                await note_session_ended(
                    connection, person.account.id, family_id, reason="signed_out", at=now
                )
    name, over_https = _cookie(parts.settings)
    answer.delete_cookie(name, path="/", secure=over_https, httponly=True, samesite="lax")


def _cookie(settings: Settings) -> tuple[str, bool]:
    """Its name, and whether it is for https alone; the prefix makes browsers enforce that."""
    over_https = settings.registry.public_url.startswith("https://")
    return ("__Host-session" if over_https else "session"), over_https


def _token(request: Request) -> str | None:
    settings: Settings = request.app.state.settings
    return request.cookies.get(_cookie(settings)[0])


def _form_token(token: str) -> str:
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()
