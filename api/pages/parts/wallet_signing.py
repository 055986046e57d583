"""What the pages that ask a wallet for a signature share: what it is to sign, and what came back."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from adapters.signing.wallet_signature import read_address
from api.commands.wallet_challenges import AskedSignature, network_of
from api.http.resources import resources
from domain.accounts.wallet_proofs import WalletProof
from domain.errors import Fault, Invalid


@dataclass(frozen=True)
class ShownSignature:
    """
    An asked signature as `api/static/wallet.js` needs it: the address in hex, as CIP-30 has it.

    `network_id` is that of CIP-30 `getNetworkId`: 1 on mainnet, else 0.
    """

    challenge_id: UUID
    text: str
    wallet_address: str
    address_hex: str
    network_id: int


def shown(request: Request, asked: AskedSignature) -> ShownSignature:
    return ShownSignature(
        challenge_id=asked.challenge_id,
        text=asked.message,
        wallet_address=asked.wallet_address,
        address_hex=read_address(asked.wallet_address).raw.hex(),
        network_id=network_of(resources(request)).address_id,
    )


def sent_proof(form: Mapping[str, str]) -> WalletProof:
    """
    Raises:
        Invalid: the form names no challenge.
    """
    try:
        challenge_id = UUID(form.get("challenge", ""))
    except ValueError:
        detail = "The form names no challenge; begin again."
        raise Invalid(detail, Fault("/challengeId", detail)) from None
    fields = {name: form.get(name, "").strip() for name in ("address", "signature", "key")}
    return WalletProof(challenge_id, **fields)
