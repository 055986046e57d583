"""Signing in with a password, refreshing tokens, and signing out (ADR 0013, ADR 0050)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID, uuid4

import bcrypt
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.reads import ProfileView, profile
from adapters.postgres.accounts.sessions import PostgresSessions
from adapters.postgres.accounts.sign_in_failures import PostgresSignInFailures
from adapters.postgres.identity import SIGN_IN, done_as
from api.commands.accounts.linked_wallets import wallet_holder
from api.commands.accounts.second_factor import (
    SecondStep,
    ask_second_step,
    enrolled_owner,
    passkey_owner,
    require_still_enough,
)
from api.commands.notices import mail_notice
from api.commands.passkey_challenges import PasskeyProof
from api.http.errors.error_mapping import NotSignedIn
from api.http.identity.account_fields import LoginEmail
from api.http.identity.session_audit import (
    note_session_begun,
    note_session_ended,
    note_sign_in_refused,
)
from api.http.identity.sessions import (
    SessionOrigin,
    bearer_sessions,
    new_token,
    start_session,
    token_hash,
)
from api.http.resources import Resources
from domain.accounts.membership import require_may_sign_in
from domain.accounts.notifications import Notification, NotificationKind
from domain.accounts.sign_in import (
    DEVICE_KNOWN_FOR,
    SLOWING_WINDOW,
    after_failed_login,
    is_slowed,
    lock_period,
)
from domain.accounts.wallet_proofs import WalletProof
from domain.identifiers import derived_id

WRONG_LOGIN = "E-mail or password is wrong, or sign-in from here is locked for 30 minutes after five failures."
"""One and the same sentence, so that nobody learns which e-mail addresses have accounts."""

EmailText = LoginEmail
"""An e-mail address, as JSON and forms take it."""

LOCK_NOTICE = (
    "Somebody gave a wrong password for your account five times in a row. Sign-in from there is "
    "locked for 30 minutes; a device you have signed in on before still gets in."
)

_NOBODY = UUID(int=0)

WRONG_REFRESH = "The refresh token is unknown, used or expired; sign in again."


@dataclass(frozen=True)
class Tokens:
    """
    Told once; only their hashes are stored. `profile` is whose they are.

    `device` is for the device's cookie, None where no password was given.
    """

    access: str
    refresh: str
    lifetime: timedelta
    profile: ProfileView
    device: str | None = None


@dataclass(frozen=True)
class PasswordHolder:
    """Whose password was right; `device` is the token by which this device is known from now on."""

    account_id: UUID
    device: str


@dataclass(frozen=True)
class _Attempt:
    """`account_id` is None where the e-mail is nobody's; everything else is there all the same."""

    account_id: UUID | None
    password_hash: str
    login_hash: str
    source_hash: str
    device_is_known: bool
    slowed: bool


@done_as(SIGN_IN)
async def log_in(
    parts: Resources, email: str, password: str, origin: SessionOrigin
) -> Tokens | SecondStep:
    """
    Where there is a second factor, or the role demands one, what it is asked; tokens where none is.

    Raises:
        NotSignedIn, TooManyRequests, Forbidden: as `password_holder`.
    """
    holder = await password_holder(parts, email, password, origin)
    if asked := await ask_second_step(parts, holder.account_id):
        return asked
    return await _begin_session(parts, holder, origin)


@done_as(SIGN_IN)
async def log_in_with_wallet(parts: Resources, proof: WalletProof, origin: SessionOrigin) -> Tokens:
    """
    Raises:
        NotSignedIn: as `wallet_signer`.
    """
    return await _begin_session(parts, await wallet_signer(parts, proof, origin), origin)


@done_as(SIGN_IN)
async def log_in_with_passkey(
    parts: Resources, proof: PasskeyProof, origin: SessionOrigin
) -> Tokens:
    """
    Raises:
        NotSignedIn, Forbidden: as `passkey_signer`.
    """
    return await _begin_session(parts, await passkey_signer(parts, proof, origin), origin)


@done_as(SIGN_IN)
async def log_in_with_new_passkey(
    parts: Resources, name: str, proof: PasskeyProof, origin: SessionOrigin
) -> Tokens:
    """
    Raises:
        NotSignedIn, Forbidden: as `new_passkey_signer`.
    """
    return await _begin_session(parts, await new_passkey_signer(parts, name, proof, origin), origin)


@done_as(SIGN_IN)
async def wallet_signer(
    parts: Resources, proof: WalletProof, origin: SessionOrigin
) -> PasswordHolder:
    """
    Who finishes signing in with their wallet.

    Raises:
        NotSignedIn: as `wallet_holder`.
        Forbidden: as `require_open_account`; staff may have locked it since the password.
    """
    return await _holder(parts, await wallet_holder(parts, proof), origin)


@done_as(SIGN_IN)
async def passkey_signer(
    parts: Resources, proof: PasskeyProof, origin: SessionOrigin
) -> PasswordHolder:
    """
    Who finishes signing in with a passkey of theirs.

    Raises:
        NotSignedIn: as `passkey_owner`.
        Forbidden: as `wallet_signer`.
    """
    return await _holder(parts, await passkey_owner(parts, proof), origin)


@done_as(SIGN_IN)
async def new_passkey_signer(
    parts: Resources, name: str, proof: PasskeyProof, origin: SessionOrigin
) -> PasswordHolder:
    """
    Who finishes signing in by adding their first passkey, because their role demands it.

    Raises:
        NotSignedIn: as `enrolled_owner`.
        Forbidden: as `wallet_signer`.
    """
    return await _holder(parts, await enrolled_owner(parts, name, proof), origin)


async def _holder(parts: Resources, account_id: UUID, origin: SessionOrigin) -> PasswordHolder:
    """Only now the device is known: the password alone makes none so."""
    await require_open_account(parts, account_id)
    is_known = False
    if origin.device:
        async with parts.reading() as connection:
            is_known = await PostgresSignInFailures(connection).device_is_known(
                account_id, token_hash(origin.device), parts.clock.now() - DEVICE_KNOWN_FOR
            )
    known = origin.device if is_known else None
    return PasswordHolder(account_id, known or new_token())


@done_as(SIGN_IN)
async def password_holder(
    parts: Resources, email: str, password: str, origin: SessionOrigin
) -> PasswordHolder:
    """
    Whose e-mail address and password these are.

    Raises:
        NotSignedIn: wrong, unknown or locked; all take the same time.
        Forbidden: as `require_open_account`.
        TooManyRequests: this address, or this source for that account, has used up its minute; too
            many passwords wait to be compared; or the account is being guessed from everywhere and
            this source is not known to it.
    """
    guard = parts.sign_ins
    await guard.per_address.count(origin.host)
    guard.passwords.require_room()
    attempt = await _look_up(parts, email, origin)
    await guard.per_source.count(attempt.source_hash)
    if attempt.slowed:
        await guard.when_slowed.count(attempt.login_hash)
    right = await guard.passwords.is_right(password, attempt.password_hash)
    if not await _count_attempt(parts, attempt, right=right) or attempt.account_id is None:
        raise NotSignedIn(WRONG_LOGIN)
    await require_open_account(parts, attempt.account_id)
    known = origin.device if attempt.device_is_known else None
    return PasswordHolder(attempt.account_id, known or new_token())


@done_as(SIGN_IN)
async def require_open_account(parts: Resources, account_id: UUID) -> None:
    """
    Asked after the right password, because its answer tells that there is an account.

    Raises:
        Forbidden: the e-mail is not confirmed, or staff locked the account.
    """
    async with parts.database.transaction() as work:
        member = await work.accounts.members.get(account_id)
    if member is not None:
        require_may_sign_in(member)


@done_as(SIGN_IN)
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
            if await sessions.end_family(session.family_id, now):
                await note_session_ended(
                    connection,
                    session.user_id,
                    session.family_id,
                    reason="refresh_token_reused",
                    at=now,
                )
        elif session is not None:
            usable = session.ended_at is None and now < session.refresh_expires_at
        if session is not None and usable:
            await sessions.mark_rotated(session.id, now)
    if session is None or not usable:
        raise NotSignedIn(WRONG_REFRESH)
    await require_still_enough(parts, session.user_id)
    return await _open_session(
        parts, session.user_id, session.family_id, origin, session.device_hash
    )


@done_as(SIGN_IN)
async def log_out(parts: Resources, refresh_token: str) -> None:
    """End all sessions of the log-in that the token comes from; an unknown one ends none."""
    async with parts.engine.begin() as connection:
        sessions = PostgresSessions(connection)
        session = await sessions.lock_by_refresh_token(token_hash(refresh_token))
        now = parts.clock.now()
        if session is not None and await sessions.end_family(session.family_id, now):
            await note_session_ended(
                connection, session.user_id, session.family_id, reason="signed_out", at=now
            )


@lru_cache(maxsize=2)
def _nobodys_hash(cost: int) -> str:
    """Something to compare with when there is no account, so that the answer takes as long."""
    return bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(cost)).decode()


async def _look_up(parts: Resources, email: str, origin: SessionOrigin) -> _Attempt:
    """The same questions for every e-mail; of nobody's they are asked about an account that is not."""
    login, now = email.lower(), parts.clock.now()
    login_hash = _hash(login)
    async with parts.reading() as connection:
        found = await PostgresSessions(connection).login(login)
        account_id, password_hash = found or (None, _nobodys_hash(parts.settings.web.bcrypt_cost))
        asked, since = account_id or _NOBODY, now - DEVICE_KNOWN_FOR
        failures = PostgresSignInFailures(connection)
        device = token_hash(origin.device) if origin.device else None
        device_is_known = await failures.device_is_known(asked, device, since)
        network_is_known = await failures.network_is_known(asked, origin.network, since)
        counted = await failures.failures_since(login_hash, now - SLOWING_WINDOW)
    return _Attempt(
        account_id,
        password_hash,
        login_hash,
        _hash(login, *(("device", device) if device_is_known else ("host", origin.host))),
        device_is_known,
        is_slowed(failures=counted, source_is_known=device_is_known or network_is_known),
    )


async def _count_attempt(parts: Resources, attempt: _Attempt, *, right: bool) -> bool:
    """Whether the log-in counts; failures are counted under a lock of the account and its source."""
    now = parts.clock.now()
    key = (attempt.login_hash, attempt.source_hash)
    notice_id: UUID | None = None
    async with parts.engine.begin() as connection:
        failures = PostgresSignInFailures(connection)
        attempts = await failures.lock(*key, at=now)
        if attempts.is_locked(at=now):
            return False
        if right and attempt.account_id is not None:
            return await _accept(connection, attempt.account_id, key, now)
        after = after_failed_login(attempts, at=now)
        await failures.save(*key, after, at=now)
        # Of a log-in that is nobody's too: the log is public, and would tell who has an account.
        subject_id = attempt.account_id or derived_id(_NOBODY, attempt.login_hash)
        await note_sign_in_refused(connection, subject_id, locked=after.is_locked(at=now), at=now)
        if after.is_locked(at=now) and attempt.account_id is not None:
            notice_id = await _tell_owner(failures, attempt.account_id, now)
    if notice_id is not None:
        parts.sign_ins.do_later(mail_notice(parts, notice_id))
    return False


async def _accept(
    connection: AsyncConnection, account_id: UUID, key: tuple[str, str], now: datetime
) -> bool:
    sessions = PostgresSessions(connection)
    account = await sessions.lock_account(account_id)
    if account.is_locked(at=now):
        return False
    await PostgresSignInFailures(connection).forget(*key)
    await sessions.note_login(account_id, now)
    return True


async def _tell_owner(
    failures: PostgresSignInFailures, account_id: UUID, now: datetime
) -> UUID | None:
    """The notification's id, unless the owner was told of a lock in this half hour."""
    notice = Notification(
        id=derived_id(account_id, f"sign-in-locked/{lock_period(now)}"),
        user_id=account_id,
        kind=NotificationKind.SIGN_IN_LOCKED,
        message=LOCK_NOTICE,
        link="/sign-in",
        created_at=now,
    )
    return notice.id if await failures.tell_owner(notice) else None


def _hash(*parts: str | None) -> str:
    """Of what is compared and never read: who tried to sign in from where is nobody's business."""
    return hashlib.sha256("\n".join(part or "" for part in parts).encode()).hexdigest()


async def _begin_session(parts: Resources, holder: PasswordHolder, origin: SessionOrigin) -> Tokens:
    return await _open_session(
        parts,
        holder.account_id,
        uuid4(),
        origin,
        token_hash(holder.device),
        device=holder.device,
        begins=True,
    )


async def _open_session(
    parts: Resources,
    account_id: UUID,
    family_id: UUID,
    origin: SessionOrigin,
    device_hash: str | None,
    *,
    device: str | None = None,
    begins: bool = False,
) -> Tokens:
    kind = bearer_sessions(parts.settings)
    async with parts.engine.begin() as connection:
        tokens = await start_session(
            connection,
            kind,
            account_id,
            family_id=family_id,
            origin=origin,
            device_hash=device_hash,
            at=parts.clock.now(),
        )
        view = await profile(connection, account_id)
        if begins:
            await note_session_begun(
                connection, account_id, family_id, kind="api", at=parts.clock.now()
            )
    return Tokens(tokens.access, tokens.refresh, kind.expires_after, view, device)
