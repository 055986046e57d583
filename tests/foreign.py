"""A transaction that somebody with a key builds for themselves, past everything that we guard."""

import hashlib
from collections.abc import Mapping
from typing import Any

from nacl.signing import SigningKey
from pycardano import (
    Address,
    AlonzoMetadata,
    AuxiliaryData,
    Metadata,
    Network,
    Transaction,
    TransactionBody,
    TransactionId,
    TransactionInput,
    TransactionOutput,
    TransactionWitnessSet,
    VerificationKey,
    VerificationKeyWitness,
)
from pycardano.serialization import NonEmptyOrderedSet, OrderedSet

from activities.ports.chain.provider import Chain
from domain.chain.transactions import METADATA_LABEL

AMPLE_FEE_LOVELACE = 500_000


def seed_key(name: str) -> SigningKey:
    """The key that tests/fakes/chain.py makes of a name."""
    return SigningKey(hashlib.sha256(name.encode()).digest())


def address_of(key: SigningKey) -> str:
    verification_key = VerificationKey(bytes(key.verify_key))
    return str(Address(payment_part=verification_key.hash(), network=Network.TESTNET))


async def send(
    chain: Chain,
    key: SigningKey,
    payload: Mapping[str, Any],
    *,
    to: str | None = None,
    gift_lovelace: int = 2_000_000,
) -> str:
    """Spend the key's largest output with this under label 674, paying a little to `to`; its hash."""
    own = address_of(key)
    source = max(await chain.unspent_outputs(own), key=lambda output: output.lovelace)
    gift = gift_lovelace if to else 0
    outputs = [
        TransactionOutput(Address.from_primitive(own), source.lovelace - gift - AMPLE_FEE_LOVELACE)
    ]
    if to:
        outputs.append(TransactionOutput(Address.from_primitive(to), gift))
    told = AuxiliaryData(AlonzoMetadata(metadata=Metadata({METADATA_LABEL: dict(payload)})))
    body = TransactionBody(
        OrderedSet([TransactionInput(TransactionId(bytes.fromhex(source.tx_hash)), source.index)]),
        outputs,
        fee=AMPLE_FEE_LOVELACE,
        ttl=(await chain.tip()).slot + 7_200,
        auxiliary_data_hash=told.hash(),
    )
    witness = VerificationKeyWitness(
        VerificationKey(bytes(key.verify_key)), key.sign(body.hash()).signature
    )
    witnesses = TransactionWitnessSet(vkey_witnesses=NonEmptyOrderedSet([witness]))
    await chain.submit(Transaction(body, witnesses, True, told).to_cbor())
    return str(body.id)
