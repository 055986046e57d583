"""The fresh signature of the holder's wallet that a large transfer or retirement needs (ADR 0062)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.signing.wallet_signature import address_text, read_address
from api.commands.wallet_challenges import AskedSignature, ask, checked, take
from api.http.errors.error_mapping import NotSignedIn
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.accounts.signed_movements import SignedMovement
from domain.accounts.wallet_proofs import ChallengePurpose, WalletProof, challenge_unknown
from domain.errors import Invalid
from domain.quantities import parse_tonnes

HEADER = "Wallet-Signature"


@dataclass(frozen=True)
class SentSignature:
    """What came with a request: who sent it by which log-in or key, and what their wallet signed, if anything."""

    session_id: UUID
    challenge_id: UUID | None = None
    signature: str = ""
    key: str = ""


class SignatureNeeded(NotSignedIn):
    """401, which no Idempotency-Key keeps: the same request is sent again, with the signature."""

    def __init__(self, detail: str, asked: AskedSignature | None = None) -> None:
        super().__init__(detail)
        if asked is not None:
            self.meta = {
                "walletChallenge": {
                    "challengeId": str(asked.challenge_id),
                    "message": asked.message,
                    "walletAddress": asked.wallet_address,
                    "expiresAt": _moment(asked.expires_at),
                }
            }


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
            await _require_proof(parts, account, sent, movement)
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


async def _require_proof(
    parts: Resources, account: Account, sent: SentSignature, movement: SignedMovement
) -> None:
    async with parts.database.transaction() as work:
        linked = await work.accounts.linked_wallets.of(account.id)
    if sent.challenge_id is None or linked is None:
        raise challenge_unknown()
    proof = WalletProof(sent.challenge_id, linked.address, sent.signature, sent.key)
    challenge = await take(
        parts, proof, ChallengePurpose.MOVE, asked_by=(account.id, sent.session_id)
    )
    wallet, _ = checked(parts, challenge, proof)
    if challenge.subject_hash != movement.subject_hash:
        raise Invalid("What was signed is another movement.")
    async with parts.database.transaction() as work:
        linked = await work.accounts.linked_wallets.of(account.id)
        if linked is None or linked.address != address_text(wallet):
            raise challenge_unknown()
        await work.accounts.linked_wallets.note_proof(account.id, parts.clock.now())


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
