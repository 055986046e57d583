"""One's passkeys: added, named, removed (ADR 0069)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError

from activities.accounts.passkeys import add, remove
from activities.ports.database import UnitOfWork
from adapters.signing.passkeys import registered
from api.commands.accounts.linked_wallets import Asker
from api.commands.notices import mail_notice
from api.commands.passkey_challenges import AskedPasskey, PasskeyProof, ask_for_new, party_of, take
from api.http.fields import Text
from api.http.resources import Resources
from domain.accounts.passkeys import (
    NAME_LENGTH_MAX,
    PASSKEYS_MAX,
    NewCredential,
    Passkey,
    PasskeyChallenge,
    PasskeyPurpose,
    require_one_left,
)
from domain.accounts.roles import Account
from domain.errors import Conflict, NotFound
from domain.identifiers import operation_id

PasskeyName = Annotated[str, Text(NAME_LENGTH_MAX)]
"""What its owner calls a passkey, as JSON and forms take it."""


async def ask_to_add(parts: Resources, asker: Asker) -> AskedPasskey:
    """
    Raises:
        Conflict: the account has as many as it may.
    """
    async with parts.database.transaction() as work:
        await _require_room(work, asker.account.id)
        return await ask_for_new(
            parts, work, PasskeyPurpose.REGISTER, asker.account.id, session_id=asker.session_id
        )


async def add_passkey(
    parts: Resources, asker: Asker, key: str, name: str, proof: PasskeyProof
) -> Passkey:
    """
    Add what an authenticator made; the same request again gives the same passkey.

    Raises:
        Invalid: it is no answer to the challenge, which is used up all the same.
        Conflict: it is an account's already, or there are too many.
    """
    passkey_id = operation_id(asker.account.id, "add-passkey", key)
    async with parts.database.transaction() as work:
        before = _found(await work.accounts.passkeys.of(asker.account.id), passkey_id)
    if before is not None:
        return before
    challenge = await take(
        parts,
        proof.challenge_id,
        PasskeyPurpose.REGISTER,
        asked_by=(asker.account.id, asker.session_id),
    )
    return await keep_new(parts, challenge, name, proof, passkey_id=passkey_id)


async def keep_new(
    parts: Resources,
    challenge: PasskeyChallenge,
    name: str,
    proof: PasskeyProof,
    *,
    passkey_id: UUID | None = None,
) -> Passkey:
    """
    Store what an authenticator made for a challenge that was taken, and tell its owner by mail.

    Raises:
        Invalid, Conflict: as `add_passkey`.
    """
    made: NewCredential = registered(party_of(parts), challenge.challenge, proof.credential)
    now = parts.clock.now()
    passkey = Passkey(
        id=passkey_id or uuid4(),
        user_id=challenge.user_id,
        name=name,
        created_at=now,
        **vars(made),
    )
    try:
        async with parts.database.transaction() as work:
            await _require_room(work, challenge.user_id)
            if challenge.purpose is PasskeyPurpose.ENROL:
                await _require_first(work, challenge.user_id)
            notice_id = await add(work, passkey, at=now)
    except IntegrityError:
        raise Conflict("This passkey is an account's already.") from None
    parts.sign_ins.do_later(mail_notice(parts, notice_id))
    return passkey


async def rename_passkey(
    parts: Resources, account: Account, passkey_id: UUID, name: str
) -> Passkey:
    """
    Raises:
        NotFound: the account has no such passkey.
    """
    async with parts.database.transaction() as work:
        passkey = _theirs(await work.accounts.passkeys.of(account.id), passkey_id)
        await work.accounts.passkeys.rename(passkey_id, name)
    return replace(passkey, name=name)


async def remove_passkey(parts: Resources, account: Account, passkey_id: UUID) -> None:
    """
    Raises:
        NotFound: the account has no such passkey.
        Conflict: it is the last second factor of an account whose role demands one.
    """
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        passkeys = await work.accounts.passkeys.of(account.id)
        passkey = _theirs(passkeys, passkey_id)
        has_wallet = await work.accounts.linked_wallets.of(account.id) is not None
        require_one_left(
            account.role,
            parts.settings.web.second_factor_demanded_of,
            others=len(passkeys) - 1 + has_wallet,
        )
        notice_id = await remove(work, passkey, actor_id=account.id, at=now)
    parts.sign_ins.do_later(mail_notice(parts, notice_id))


async def _require_room(work: UnitOfWork, account_id: UUID) -> None:
    if len(await work.accounts.passkeys.of(account_id)) >= PASSKEYS_MAX:
        raise Conflict(f"An account has at most {PASSKEYS_MAX} passkeys; remove one first.")


async def _require_first(work: UnitOfWork, account_id: UUID) -> None:
    """Two who know one password begin at once; the second of them does not add theirs."""
    passkeys = await work.accounts.passkeys.of(account_id)
    if passkeys or await work.accounts.linked_wallets.of(account_id) is not None:
        raise Conflict("Your account has a second factor by now; sign in again.")


def _theirs(passkeys: Sequence[Passkey], passkey_id: UUID) -> Passkey:
    found = _found(passkeys, passkey_id)
    if found is None:
        raise NotFound("There is no such passkey.")
    return found


def _found(passkeys: Sequence[Passkey], passkey_id: UUID) -> Passkey | None:
    return next((one for one in passkeys if one.id == passkey_id), None)
