"""Signed self-payments of the platform wallet, as large as a test needs them."""

from dataclasses import dataclass
from pathlib import Path

from pycardano import (
    Address,
    AlonzoMetadata,
    AuxiliaryData,
    Metadata,
    Network,
    PaymentSigningKey,
    PaymentVerificationKey,
    Transaction,
    TransactionBody,
    TransactionId,
    TransactionInput,
    TransactionOutput,
    TransactionWitnessSet,
    VerificationKeyWitness,
)

FEE_LOVELACE = 1_000_000


@dataclass(frozen=True)
class Coin:
    """An unspent output of the wallet."""

    transaction_hash: str
    index: int
    lovelace: int


@dataclass(frozen=True)
class Payment:
    hash: str
    signed_bytes: bytes
    change: Coin


class Wallet:
    def __init__(self, seed_file: Path) -> None:
        self._key = PaymentSigningKey(bytes.fromhex(seed_file.read_text()))
        self._public = PaymentVerificationKey.from_signing_key(self._key)
        self._address = Address(payment_part=self._public.hash(), network=Network.TESTNET)
        self.address = str(self._address)

    def pay_itself(
        self, coin: Coin, *, text: str = "hello", lines: int = 1, ttl_slot: int | None = None
    ) -> Payment:
        """Each of the `lines` adds the text (at most 64 bytes) and about two bytes."""
        metadata = AuxiliaryData(AlonzoMetadata(metadata=Metadata({674: {"msg": [text] * lines}})))
        change = coin.lovelace - FEE_LOVELACE
        body = TransactionBody(
            inputs=[
                TransactionInput(TransactionId(bytes.fromhex(coin.transaction_hash)), coin.index)
            ],
            outputs=[TransactionOutput(self._address, change)],
            fee=FEE_LOVELACE,
            ttl=ttl_slot,
            auxiliary_data_hash=metadata.hash(),
        )
        witness = VerificationKeyWitness(self._public, self._key.sign(body.hash()))
        signed = Transaction(
            body, TransactionWitnessSet(vkey_witnesses=[witness]), auxiliary_data=metadata
        )
        hash = body.hash().hex()
        return Payment(hash, bytes(signed.to_cbor()), Coin(hash, 0, change))
