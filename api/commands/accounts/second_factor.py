"""The second step of signing in: a wallet's signature or a passkey's, whichever the account has (ADR 0069)."""

from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.identity import SIGN_IN, done_as
from adapters.signing.wallet_signature import read_address
from api.commands import passkey_challenges, wallet_challenges
from api.commands.accounts.linked_wallets import SIGN_IN_FOR
from api.commands.accounts.passkeys import keep_new
from api.commands.passkey_challenges import AskedPasskey, PasskeyProof
from api.commands.wallet_challenges import AskedSignature
from api.http.errors.error_mapping import NotSignedIn
from api.http.resources import Resources
from domain.accounts.passkeys import PasskeyPurpose
from domain.accounts.wallet_proofs import ChallengePurpose
from domain.errors import Conflict, Invalid

BEGIN_AGAIN = "Sign in again."


@dataclass(frozen=True)
class SecondStep:
    """
    What somebody with the right password is asked next; any one of it is enough.

    `enrolment` stands alone: the role demands a second factor, and the account has none yet.
    """

    signature: AskedSignature | None = None
    passkey: AskedPasskey | None = None
    enrolment: AskedPasskey | None = None


@done_as(SIGN_IN)
async def ask_second_step(parts: Resources, account_id: UUID) -> SecondStep | None:
    """None where the password alone is enough."""
    async with parts.database.transaction() as work:
        account = await work.accounts.accounts.get(account_id)
        linked = await work.accounts.linked_wallets.of(account_id)
        passkeys = await work.accounts.passkeys.of(account_id)
        if linked is None and not passkeys:
            demanded = parts.settings.web.second_factor_demanded_of
            if account is None or account.role not in demanded:
                return None
            enrolment = await passkey_challenges.ask_for_new(
                parts, work, PasskeyPurpose.ENROL, account_id
            )
            return SecondStep(enrolment=enrolment)
        signature = passkey = None
        if linked is not None:
            signature = await wallet_challenges.ask(
                parts,
                work,
                ChallengePurpose.SIGN_IN,
                read_address(linked.address),
                account_id,
                what_for=SIGN_IN_FOR,
            )
        if passkeys:
            passkey = await passkey_challenges.ask(
                parts, work, PasskeyPurpose.SIGN_IN, account_id, passkeys
            )
        return SecondStep(signature, passkey)


@done_as(SIGN_IN)
async def passkey_owner(parts: Resources, proof: PasskeyProof) -> UUID:
    """
    Whose second step this is: the account whose password was right, and whose passkey signed.

    Raises:
        NotSignedIn: it is no proof; the challenge is used up, and the password is asked for again.
    """
    try:
        challenge = await passkey_challenges.take(
            parts, proof.challenge_id, PasskeyPurpose.SIGN_IN, asked_by=None
        )
        await passkey_challenges.require_assertion(parts, challenge, proof)
    except Invalid as refused:
        raise NotSignedIn(refused.detail) from refused
    return challenge.user_id


@done_as(SIGN_IN)
async def enrolled_owner(parts: Resources, name: str, proof: PasskeyProof) -> UUID:
    """
    Whose second step this is: the account whose password was right, and which has its first passkey now.

    Raises:
        NotSignedIn: it is no answer, or the account has a second factor by now.
    """
    try:
        challenge = await passkey_challenges.take(
            parts, proof.challenge_id, PasskeyPurpose.ENROL, asked_by=None
        )
        await keep_new(parts, challenge, name, proof)
    except (Invalid, Conflict) as refused:
        raise NotSignedIn(refused.detail) from refused
    return challenge.user_id


@done_as(SIGN_IN)
async def require_still_enough(parts: Resources, account_id: UUID) -> None:
    """
    That tokens may be renewed: a role may demand a second factor by now that the account has not.

    Raises:
        NotSignedIn: it does.
    """
    demanded = parts.settings.web.second_factor_demanded_of
    if not demanded:
        return
    async with parts.database.transaction() as work:
        account = await work.accounts.accounts.get(account_id)
        if account is None or account.role not in demanded:
            return
        linked = await work.accounts.linked_wallets.of(account_id)
        passkeys = await work.accounts.passkeys.of(account_id)
    if linked is None and not passkeys:
        raise NotSignedIn(f"Your role needs a second factor, and you have none yet. {BEGIN_AGAIN}")
