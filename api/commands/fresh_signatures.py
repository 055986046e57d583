"""A signature that a wallet made for one request, sent with it (ADR 0062, ADR 0069)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.signing.wallet_signature import address_text
from api.commands.passkey_challenges import AskedPasskey
from api.commands.wallet_challenges import AskedSignature, checked, take
from api.http.errors.error_mapping import NotSignedIn
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.accounts.wallet_proofs import ChallengePurpose, WalletProof, challenge_unknown
from domain.errors import Invalid

HEADER = "Wallet-Signature"


@dataclass(frozen=True)
class SentSignature:
    """What came with a request: who sent it by which log-in or key, and what their wallet signed, if anything."""

    session_id: UUID
    challenge_id: UUID | None = None
    signature: str = ""
    key: str = ""


class SignatureNeeded(NotSignedIn):
    """
    401, which no Idempotency-Key keeps: the same request is sent again, with the signature.

    `why` is what a page says of it, where nobody sends headers.
    """

    def __init__(
        self,
        detail: str,
        signature: AskedSignature | None = None,
        passkey: AskedPasskey | None = None,
        *,
        why: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.signature, self.passkey, self.why = signature, passkey, why or detail
        meta: dict[str, Any] = {}
        if signature is not None:
            meta["walletChallenge"] = {
                "challengeId": str(signature.challenge_id),
                "message": signature.message,
                "walletAddress": signature.wallet_address,
                "expiresAt": _moment(signature.expires_at),
            }
        if passkey is not None:
            meta["passkeyChallenge"] = {
                "challengeId": str(passkey.challenge_id),
                "publicKey": passkey.options,
                "expiresAt": _moment(passkey.expires_at),
            }
        if meta:
            self.meta = meta


async def require_wallet_proof(
    parts: Resources,
    account: Account,
    sent: SentSignature,
    purpose: ChallengePurpose,
    *,
    subject_hash: str,
    noun: str,
) -> None:
    """
    That the linked wallet signed this very request; `noun` is what the request is, as `movement`.

    Raises:
        Invalid: it did not.
    """
    async with parts.database.transaction() as work:
        linked = await work.accounts.linked_wallets.of(account.id)
    if sent.challenge_id is None or linked is None:
        raise challenge_unknown()
    proof = WalletProof(sent.challenge_id, linked.address, sent.signature, sent.key)
    challenge = await take(parts, proof, purpose, asked_by=(account.id, sent.session_id))
    wallet, _ = checked(parts, challenge, proof)
    if challenge.subject_hash != subject_hash:
        raise Invalid(f"What was signed is another {noun}.")
    async with parts.database.transaction() as work:
        linked = await work.accounts.linked_wallets.of(account.id)
        if linked is None or linked.address != address_text(wallet):
            raise challenge_unknown()
        await work.accounts.linked_wallets.note_proof(account.id, parts.clock.now())


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
