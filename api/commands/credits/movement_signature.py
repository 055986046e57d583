"""The fresh signature of the holder's wallet that a large transfer or retirement needs (ADR 0062)."""

from adapters.signing.wallet_signature import read_address
from api.commands.fresh_signatures import (
    HEADER,
    SentSignature,
    SignatureNeeded,
    require_wallet_proof,
)
from api.commands.wallet_challenges import ask
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.accounts.signed_movements import SignedMovement
from domain.accounts.wallet_proofs import ChallengePurpose
from domain.errors import Invalid
from domain.quantities import parse_tonnes


async def require_signature(
    parts: Resources, account: Account, sent: SentSignature, movement: SignedMovement
) -> None:
    """
    Nothing where the movement is not above `WALLET_SIGNATURE_ABOVE_TONNES`, or that is unset.

    Raises:
        SignatureNeeded: no wallet is linked, or nothing fitting was signed; what to sign is inside.
    """
    above = parts.settings.rules.wallet_signature_above_tonnes
    if above is None or movement.quantity_units <= parse_tonnes(str(above), noun="The limit"):
        return
    why = f"To move more than {above} t your wallet must sign."
    if sent.challenge_id is not None:
        try:
            await require_wallet_proof(
                parts,
                account,
                sent,
                ChallengePurpose.MOVE,
                subject_hash=movement.subject_hash,
                noun="movement",
            )
        except Invalid as refused:
            why = f"{refused.detail} {why}"
        else:
            return
    async with parts.database.transaction() as work:
        linked = await work.accounts.linked_wallets.of(account.id)
        if linked is None:
            raise SignatureNeeded(f"{why} Link one first: POST /me/wallet/challenge.")
        asked = await ask(
            parts,
            work,
            ChallengePurpose.MOVE,
            read_address(linked.address),
            account.id,
            what_for=movement.words,
            session_id=sent.session_id,
            subject_hash=movement.subject_hash,
        )
    raise SignatureNeeded(
        f"{why} Have it sign meta.walletChallenge.message, and send this request again with the header"
        f" {HEADER}: challengeId.signature.key.",
        asked,
    )
