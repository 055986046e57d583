"""Wallets and their signatures as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from activities.ports.accounts import LinkedWallet
from adapters.signing.wallet_signature import HEX_DIGITS_MAX
from api.commands.wallet_challenges import AskedSignature
from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.accounts.examples.linked_wallets import (
    ADDRESS_SENT,
    LINKED_WALLET,
    PROOF_SENT,
    SIGNATURE_ASKED,
)
from domain.accounts.wallet_proofs import WalletProof

AddressText = Annotated[
    str,
    Text(255),
    Field(description="In bech32, or in hexadecimal digits as wallets give it (CIP-30)."),
]
SignedText = Annotated[
    str, Text(HEX_DIGITS_MAX), Field(description="As `signData` gives it: CBOR, in hex.")
]


class AddressRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [ADDRESS_SENT]})

    address: AddressText


class WalletProofRequest(RequestSchema):
    """What a wallet answered to `signData(address, message)` of CIP-30."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROOF_SENT]})

    challenge_id: UUID
    address: AddressText
    signature: SignedText
    key: SignedText


class AskedSignatureResponse(ResponseSchema):
    """What the wallet is to sign, as it stands; good once, for five minutes, in this session."""

    model_config = ConfigDict(json_schema_extra={"examples": [SIGNATURE_ASKED]})

    challenge_id: UUID
    message: str = Field(description="The text to sign, as UTF-8, unchanged.")
    wallet_address: str
    expires_at: Moment


class LinkedWalletResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [LINKED_WALLET]})

    address: str
    linked_at: Moment
    verified_at: Moment = Field(description="When its key last signed a challenge.")


def wallet_proof(body: WalletProofRequest) -> WalletProof:
    return WalletProof(body.challenge_id, body.address, body.signature, body.key)


def asked_signature_response(asked: AskedSignature) -> AskedSignatureResponse:
    return AskedSignatureResponse(
        challenge_id=asked.challenge_id,
        message=asked.message,
        wallet_address=asked.wallet_address,
        expires_at=asked.expires_at,
    )


def linked_wallet_response(linked: LinkedWallet) -> LinkedWalletResponse:
    return LinkedWalletResponse(
        address=linked.address, linked_at=linked.linked_at, verified_at=linked.verified_at
    )
