"""Signing in with a password, refreshing tokens, and signing out (ADR 0013)."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Annotated
from uuid import UUID, uuid4

import bcrypt

from adapters.postgres.accounts.reads import ProfileView, profile
from adapters.postgres.accounts.sessions import PostgresSessions
from api.commands.accounts.linked_wallets import ask_to_sign_in, wallet_holder
from api.commands.wallet_challenges import AskedSignature
from api.http.errors.error_mapping import NotSignedIn
from api.http.fields import Text
from api.http.identity.sessions import SessionOrigin, bearer_sessions, start_session, token_hash
from api.http.resources import Resources
from domain.accounts.roles import after_failed_login
from domain.accounts.wallet_proofs import WalletProof

PASSWORD_BYTES_MAX = 72
"""bcrypt reads no further, so no account has a longer password."""

WRONG_LOGIN = (
    "E-mail or password is wrong, or the account is locked for 30 minutes after five failures."
)
"""One and the same sentence, so that nobody learns which e-mail addresses have accounts."""

EmailText = Annotated[str, Text(255)]
"""An e-mail address, as JSON and forms take it."""

WRONG_REFRESH = "The refresh token is unknown, used or expired; sign in again."


@dataclass(frozen=True)
class Tokens:
    """Told once; only their hashes are stored. `profile` is whose they are."""

    access: str
    refresh: str
    lifetime: timedelta
    profile: ProfileView


async def log_in(
    parts: Resources, email: str, password: str, origin: SessionOrigin
) -> Tokens | AskedSignature:
    """
    Where a wallet is linked, what it is to sign (`log_in_with_wallet`); tokens where none is.

    Raises:
        NotSignedIn: wrong, unknown or locked.
    """
    account_id = await account_of(parts, email, password)
    if asked := await ask_to_sign_in(parts, account_id):
        return asked
    return await _open_session(parts, account_id, uuid4(), origin)


async def log_in_with_wallet(parts: Resources, proof: WalletProof, origin: SessionOrigin) -> Tokens:
    """
    Raises:
        NotSignedIn: as `wallet_holder`.
    """
    return await _open_session(parts, await wallet_holder(parts, proof), uuid4(), origin)


async def account_of(parts: Resources, email: str, password: str) -> UUID:
    """
    Whose e-mail address and password these are.

    Raises:
        NotSignedIn: wrong, unknown or locked; all take the same time.
    """
    async with parts.reading() as connection:
        found = await PostgresSessions(connection).login(email)
    account_id, password_hash = found or (None, _nobodys_hash(parts.settings.web.bcrypt_cost))
    right = await asyncio.to_thread(_is_right, password, password_hash)
    if account_id is None or not await _count_attempt(parts, account_id, right=right):
        raise NotSignedIn(WRONG_LOGIN)
    return account_id


async def refresh_tokens(parts: Resources, refresh_token: str, origin: SessionOrigin) -> Tokens:
    """
    Give new tokens for a refresh token, which is good once.

    Using one a second time means that two parties have it: all sessions of that log-in end.

    Raises:
        NotSignedIn: it is unknown, used or expired.
    """
    now = parts.clock.now()
    async with parts.engine.begin() as connection:
        sessions = PostgresSessions(connection)
        session = await sessions.lock_by_refresh_token(token_hash(refresh_token))
        usable = False
        if session is not None and session.rotated_at is not None:
            await sessions.end_family(session.family_id, now)
        elif session is not None:
            usable = session.ended_at is None and now < session.refresh_expires_at
        if session is not None and usable:
            await sessions.mark_rotated(session.id, now)
    if session is None or not usable:
        raise NotSignedIn(WRONG_REFRESH)
    return await _open_session(parts, session.user_id, session.family_id, origin)


async def log_out(parts: Resources, refresh_token: str) -> None:
    """End all sessions of the log-in that the token comes from; an unknown one ends none."""
    async with parts.engine.begin() as connection:
        sessions = PostgresSessions(connection)
        session = await sessions.lock_by_refresh_token(token_hash(refresh_token))
        if session is not None:
            await sessions.end_family(session.family_id, parts.clock.now())


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


async def _count_attempt(parts: Resources, account_id: UUID, *, right: bool) -> bool:
    """Whether the log-in counts; failures are counted under the account's lock."""
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


async def _open_session(
    parts: Resources, account_id: UUID, family_id: UUID, origin: SessionOrigin
) -> Tokens:
    kind = bearer_sessions(parts.settings)
    async with parts.engine.begin() as connection:
        tokens = await start_session(
            connection,
            kind,
            account_id,
            family_id=family_id,
            origin=origin,
            at=parts.clock.now(),
        )
        view = await profile(connection, account_id)
    return Tokens(tokens.access, tokens.refresh, kind.expires_after, view)
