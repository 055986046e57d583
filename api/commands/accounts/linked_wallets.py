"""Linking a wallet to one's account, and its signature at sign-in and for large movements (ADR 0062)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from activities.accounts.linked_wallets import link, note, unlink
from activities.ports.accounts import LinkedWallet
from activities.ports.database import UnitOfWork
from adapters.postgres.identity import SIGN_IN, done_as
from adapters.signing.wallet_signature import address_text, read_address
from api.commands.notices import mail_notice
from api.commands.wallet_challenges import AskedSignature, ask, checked, network_of, take
from api.http.errors.error_mapping import NotSignedIn
from api.http.identity.access_audit import note_second_factor_refused
from api.http.resources import Resources
from domain.accounts.passkeys import require_one_left
from domain.accounts.roles import Account
from domain.accounts.wallet_addresses import WalletAddress
from domain.accounts.wallet_proofs import (
    ChallengePurpose,
    WalletProof,
)
from domain.errors import Conflict, Fault, Invalid

SIGN_IN_FOR = "sign you in"
LINK_FOR = "link it to your account"


@dataclass(frozen=True)
class Asker:
    """Who asks for a challenge, by which log-in (its family of sessions) or which API key."""

    account: Account
    session_id: UUID


@done_as(SIGN_IN)
async def ask_to_link(parts: Resources, asker: Asker, address: str) -> AskedSignature:
    """
    Raises:
        Invalid: no address of a key, or one of another network.
        Conflict: another wallet is linked already.
    """
    wallet = read_address(address)
    wallet.require_network(network_of(parts))
    async with parts.database.transaction() as work:
        await _require_no_other(work, asker.account.id, wallet)
        return await ask(
            parts,
            work,
            ChallengePurpose.LINK,
            wallet,
            asker.account.id,
            what_for=LINK_FOR,
            session_id=asker.session_id,
        )


@done_as(SIGN_IN)
async def link_wallet(parts: Resources, asker: Asker, proof: WalletProof) -> LinkedWallet:
    """
    Link the wallet, or prove once more that the linked one is still one's own.

    Raises:
        Invalid: it is no proof; the challenge is used up all the same.
        Conflict: another wallet is linked, or another account has this one.
    """
    account_id, now = asker.account.id, parts.clock.now()
    wallet, public_key_hash = await _proven(
        parts, proof, ChallengePurpose.LINK, asked_by=(account_id, asker.session_id)
    )
    text = address_text(wallet)
    notice_id: UUID | None = None
    try:
        async with parts.database.transaction() as work:
            before = await _require_no_other(work, account_id, wallet)
            if await work.accounts.linked_wallets.holder(text, public_key_hash) not in {
                None,
                account_id,
            }:
                raise _taken()
            if before is None:
                notice_id = await link(work, account_id, text, public_key_hash, at=now)
            else:
                await work.accounts.linked_wallets.note_proof(account_id, now)
                note(work, account_id, "verified", actor_id=account_id, at=now)
    except IntegrityError:
        raise _taken() from None
    if notice_id is not None:
        parts.sign_ins.do_later(mail_notice(parts, notice_id))
    return LinkedWallet(text, before.linked_at if before else now, now)


@done_as(SIGN_IN)
async def unlink_wallet(parts: Resources, account: Account) -> None:
    """
    Raises:
        NotFound: no wallet is linked.
        Conflict: it is the last second factor of an account whose role demands one.
    """
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        require_one_left(
            account.role,
            parts.settings.web.second_factor_demanded_of,
            others=len(await work.accounts.passkeys.of(account.id)),
        )
        notice_id = await unlink(work, account.id, actor_id=account.id, at=now)
    parts.sign_ins.do_later(mail_notice(parts, notice_id))


@done_as(SIGN_IN)
async def wallet_holder(parts: Resources, proof: WalletProof) -> UUID:
    """
    Whose second step this is: the account whose password was right, and whose wallet signed.

    Raises:
        NotSignedIn: it is no proof; the challenge is used up, and the password is asked for again.
    """
    try:
        account_id, wallet = await _proven_at_sign_in(parts, proof)
    except Invalid as refused:
        raise NotSignedIn(refused.detail) from refused
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        account = await work.accounts.accounts.get(account_id)
        linked = await work.accounts.linked_wallets.of(account_id)
        if (
            account is None
            or account.is_locked(at=now)
            or linked is None
            or linked.address != address_text(wallet)
        ):
            raise NotSignedIn("This wallet is not linked to the account any more; sign in again.")
        await work.accounts.linked_wallets.note_proof(account_id, now)
    return account_id


async def _proven(
    parts: Resources, proof: WalletProof, purpose: ChallengePurpose, *, asked_by: tuple[UUID, UUID]
) -> tuple[WalletAddress, str]:
    challenge = await take(parts, proof, purpose, asked_by=asked_by)
    return checked(parts, challenge, proof)


async def _proven_at_sign_in(parts: Resources, proof: WalletProof) -> tuple[UUID, WalletAddress]:
    challenge = await take(parts, proof, ChallengePurpose.SIGN_IN, asked_by=None)
    try:
        return challenge.user_id, checked(parts, challenge, proof)[0]
    except Invalid:
        await note_second_factor_refused(parts, challenge.user_id, "wallet")
        raise


async def _require_no_other(
    work: UnitOfWork, account_id: UUID, wallet: WalletAddress
) -> LinkedWallet | None:
    """The linked wallet when it is this one, or none."""
    linked = await work.accounts.linked_wallets.of(account_id)
    if linked is not None and linked.address != address_text(wallet):
        raise Conflict("Another wallet is linked to your account; unlink it first.")
    return linked


def _taken() -> Conflict:
    detail = "This wallet is linked to another account."
    return Conflict(detail, Fault("/address", detail))
