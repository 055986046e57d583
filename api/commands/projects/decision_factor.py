"""The fresh second factor that a decision needs, where the account has one (ADR 0069)."""

from dataclasses import dataclass
from uuid import UUID

from adapters.signing.wallet_signature import read_address
from api.commands import passkey_challenges, wallet_challenges
from api.commands.fresh_signatures import (
    HEADER,
    SentSignature,
    SignatureNeeded,
    require_wallet_proof,
)
from api.commands.passkey_challenges import AskedPasskey, PasskeyProof
from api.commands.wallet_challenges import AskedSignature
from api.http.resources import Resources
from domain.accounts.passkeys import PasskeyPurpose
from domain.accounts.roles import Account
from domain.accounts.wallet_proofs import ChallengePurpose
from domain.errors import Invalid
from domain.projects.signed_decisions import SignedDecision

PASSKEY_HEADER = "Passkey-Assertion"
_WHY = "To decide, confirm it with your second factor."


@dataclass(frozen=True)
class SentFactor:
    """What came with a decision: by which log-in, and what a wallet or a passkey signed, if anything."""

    signature: SentSignature
    passkey: PasskeyProof | None = None


@dataclass(frozen=True)
class AskedFactor:
    """What a wallet and a passkey may sign; either is enough, and one of them is there."""

    signature: AskedSignature | None
    passkey: AskedPasskey | None


async def require_second_factor(
    parts: Resources, account: Account, sent: SentFactor, decision: SignedDecision
) -> None:
    """
    Nothing where the account has neither a wallet nor a passkey.

    Raises:
        SignatureNeeded: nothing fitting was signed; what either may sign is inside.
    """
    if not await _has_factor(parts, account):
        return
    why = _WHY
    try:
        if await _is_confirmed(parts, account, sent, decision):
            return
    except Invalid as refused:
        why = f"{refused.detail} {_WHY}"
    asked = await ask_second_factor(parts, account, sent.signature.session_id, decision)
    if asked is None:
        raise RuntimeError("a second factor does not go away between two questions")
    ways = [
        *(
            [f"{HEADER}: challengeId.signature.key (of meta.walletChallenge)"]
            if asked.signature
            else []
        ),
        *(
            [f"{PASSKEY_HEADER}: challengeId.credential (of meta.passkeyChallenge)"]
            if asked.passkey
            else []
        ),
    ]
    raise SignatureNeeded(
        f"{why} Send this request again with the header {' or '.join(ways)}.",
        asked.signature,
        asked.passkey,
        why=why,
    )


async def ask_second_factor(
    parts: Resources, account: Account, session_id: UUID, decision: SignedDecision
) -> AskedFactor | None:
    """What may be signed to confirm a decision; None where the account has nothing to sign with."""
    signature = passkey = None
    async with parts.database.transaction() as work:
        linked = await work.accounts.linked_wallets.of(account.id)
        passkeys = await work.accounts.passkeys.of(account.id)
        if linked is not None:
            signature = await wallet_challenges.ask(
                parts,
                work,
                ChallengePurpose.DECIDE,
                read_address(linked.address),
                account.id,
                what_for=decision.words,
                session_id=session_id,
                subject_hash=decision.subject_hash,
            )
        if passkeys:
            passkey = await passkey_challenges.ask(
                parts,
                work,
                PasskeyPurpose.DECIDE,
                account.id,
                passkeys,
                session_id=session_id,
                subject_hash=decision.subject_hash,
            )
    return AskedFactor(signature, passkey) if signature or passkey else None


async def _has_factor(parts: Resources, account: Account) -> bool:
    async with parts.database.transaction() as work:
        linked = await work.accounts.linked_wallets.of(account.id)
        return linked is not None or bool(await work.accounts.passkeys.of(account.id))


async def _is_confirmed(
    parts: Resources, account: Account, sent: SentFactor, decision: SignedDecision
) -> bool:
    """
    False where nothing was sent.

    Raises:
        Invalid: what was sent confirms something else, or nothing.
    """
    if sent.passkey is not None:
        challenge = await passkey_challenges.take(
            parts,
            sent.passkey.challenge_id,
            PasskeyPurpose.DECIDE,
            asked_by=(account.id, sent.signature.session_id),
        )
        await passkey_challenges.require_assertion(parts, challenge, sent.passkey)
        if challenge.subject_hash != decision.subject_hash:
            raise Invalid("What was signed is another decision.")
        return True
    if sent.signature.challenge_id is None:
        return False
    await require_wallet_proof(
        parts,
        account,
        sent.signature,
        ChallengePurpose.DECIDE,
        subject_hash=decision.subject_hash,
        noun="decision",
    )
    return True
