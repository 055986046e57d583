"""What a passkey is asked to sign, and taking it out by the first answer (ADR 0069)."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from activities.accounts.passkeys import tell_of_refused
from activities.ports.database import UnitOfWork
from adapters.signing.passkeys import (
    RelyingParty,
    asserted,
    creation_options,
    credential_id,
    request_options,
)
from api.commands.notices import mail_notice
from api.http.resources import Resources
from domain.accounts.passkeys import (
    CHALLENGE_BYTES,
    CHALLENGE_LIFETIME,
    Passkey,
    PasskeyChallenge,
    PasskeyPurpose,
    challenge_unknown,
    counter_went_back,
    not_theirs,
)


@dataclass(frozen=True)
class AskedPasskey:
    """A challenge as it is told once: `options` are for the browser's WebAuthn call, as JSON."""

    challenge_id: UUID
    options: dict[str, Any]
    expires_at: datetime


@dataclass(frozen=True)
class PasskeyProof:
    """What came back: `credential` is a `PublicKeyCredential` of the browser, as its `toJSON` gives it."""

    challenge_id: UUID
    credential: Mapping[str, Any]


def party_of(parts: Resources) -> RelyingParty:
    settings = parts.settings
    public = urlsplit(settings.registry.public_url)
    return RelyingParty(
        id=settings.web.passkey_domain or public.hostname or "",
        name=settings.registry.registry_name,
        origin=f"{public.scheme}://{public.netloc}",
    )


async def ask_for_new(
    parts: Resources,
    work: UnitOfWork,
    purpose: PasskeyPurpose,
    account_id: UUID,
    *,
    session_id: UUID | None = None,
) -> AskedPasskey:
    """Ask an authenticator to make a passkey for the account."""
    challenge = await _add(parts, work, purpose, account_id, session_id, None)
    contact = await work.accounts.accounts.contact(account_id)
    options = creation_options(
        party_of(parts),
        challenge.challenge,
        account_id,
        label=contact.email if contact else "",
        shown_name=contact.name if contact else "",
        known=await work.accounts.passkeys.of(account_id),
    )
    return AskedPasskey(challenge.id, options, challenge.expires_at)


async def ask(
    parts: Resources,
    work: UnitOfWork,
    purpose: PasskeyPurpose,
    account_id: UUID,
    known: Sequence[Passkey],
    *,
    session_id: UUID | None = None,
    subject_hash: str | None = None,
) -> AskedPasskey:
    """Ask one of the account's passkeys, `known`, for its signature."""
    challenge = await _add(parts, work, purpose, account_id, session_id, subject_hash)
    options = request_options(party_of(parts), challenge.challenge, known)
    return AskedPasskey(challenge.id, options, challenge.expires_at)


async def take(
    parts: Resources,
    challenge_id: UUID,
    purpose: PasskeyPurpose,
    *,
    asked_by: tuple[UUID, UUID] | None,
) -> PasskeyChallenge:
    """
    The challenge of a proof, in a transaction of its own: whatever comes of it, it is used up.

    Raises:
        Invalid: there is none, none of theirs, or it has expired.
    """
    async with parts.database.transaction() as work:
        challenge = await work.accounts.passkeys.take_challenge(
            challenge_id, purpose, asked_by=asked_by
        )
    if challenge is None:
        raise challenge_unknown()
    challenge.require_fresh(at=parts.clock.now())
    return challenge


async def require_assertion(
    parts: Resources, challenge: PasskeyChallenge, proof: PasskeyProof
) -> None:
    """
    That one of the account's passkeys signed this challenge.

    Raises:
        Invalid: none did; or one whose counter went back, of which its owner is told by mail.
    """
    now, claimed = parts.clock.now(), credential_id(proof.credential)
    notice_id: UUID | None = None
    async with parts.database.transaction() as work:
        passkeys = await work.accounts.passkeys.of(challenge.user_id)
        found = next((one for one in passkeys if one.credential_id == claimed), None)
        if found is None:
            raise not_theirs()
        sign_count = asserted(party_of(parts), challenge.challenge, proof.credential, found)
        if found.counter_went_back(sign_count):
            notice_id = await tell_of_refused(work, found, at=now)
        else:
            await work.accounts.passkeys.note_use(found.id, sign_count, now)
    if notice_id is not None:
        parts.sign_ins.do_later(mail_notice(parts, notice_id))
        raise counter_went_back()


async def _add(
    parts: Resources,
    work: UnitOfWork,
    purpose: PasskeyPurpose,
    account_id: UUID,
    session_id: UUID | None,
    subject_hash: str | None,
) -> PasskeyChallenge:
    now = parts.clock.now()
    challenge = PasskeyChallenge(
        id=uuid4(),
        user_id=account_id,
        session_id=session_id,
        purpose=purpose,
        challenge=secrets.token_bytes(CHALLENGE_BYTES),
        subject_hash=subject_hash,
        expires_at=now + CHALLENGE_LIFETIME,
    )
    await work.accounts.passkeys.add_challenge(challenge, at=now)
    return challenge
