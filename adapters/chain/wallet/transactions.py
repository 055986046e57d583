"""
Build the one kind of transaction the registry sends: a wallet pays itself and carries a record.

pycardano's TransactionBuilder makes the same bytes (a test holds the two together) in 55 to
140 ms, most of it for coin selection, scripts and tokens, of which there are none here. This
writes the ledger's own structure, so few maps and lists, in a fraction of a millisecond.

Source: Conway era CDDL (cardano-ledger, `conway.cddl`), whose map keys stand below by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from cbor2 import CBORTag, dumps

from activities.ports.chain.wallets import WalletTooLow
from adapters.chain.wallet.body import SET_TAG, write_body
from domain.chain.metadata import UnfitMetadata, check
from domain.chain.signing_policy import Output, TransactionBody
from domain.chain.transactions import (
    METADATA_LABEL,
    ProtocolParameters,
    SignedTransaction,
    UnspentOutput,
)

# transaction_witness_set, auxiliary_data
KEY_WITNESSES, METADATA = 0, 0
AUXILIARY_DATA_TAG = 259

# A transaction is the list [body, witnesses, is_valid, auxiliary data]. It is put together from
# parts that are already bytes, so that what is sent is byte for byte what was hashed and signed.
LIST_OF_FOUR, IS_VALID, NO_AUXILIARY_DATA = b"\x84", b"\xf5", b"\xf6"

UTXO_OVERHEAD_BYTES = 160
"""What the ledger adds to an output's own size when it asks for its smallest amount (Babbage)."""


@dataclass(frozen=True)
class _Draft:
    """All that stays the same while the fee is found; `auxiliary_data` None: none is carried."""

    address: bytes
    inputs: tuple[UnspentOutput, ...]
    auxiliary_data: bytes | None
    ttl_slot: int
    parameters: ProtocolParameters

    @property
    def lovelace(self) -> int:
        return sum(output.lovelace for output in self.inputs)


@dataclass(frozen=True)
class UnsignedTransaction:
    """`body` is what the signer reads, and what is sent: byte for byte the same."""

    body: bytes
    fee_lovelace: int
    change_lovelace: int
    _draft: _Draft

    def signed(self, public_key: bytes, signature: bytes) -> SignedTransaction:
        tx_hash = _blake2b_256(self.body).hex()
        return SignedTransaction(
            tx_hash=tx_hash,
            cbor=_transaction(self._draft, self.body, _witnesses(public_key, signature)),
            inputs=self._draft.inputs,
            change=UnspentOutput(tx_hash, 0, self.change_lovelace),
            fee_lovelace=self.fee_lovelace,
            ttl_slot=self._draft.ttl_slot,
        )


def build(
    payload: Mapping[str, Any] | None,
    *,
    inputs: Sequence[UnspentOutput],
    address: bytes,
    ttl_slot: int,
    parameters: ProtocolParameters,
) -> UnsignedTransaction:
    """
    Build: all `inputs`, one output to `address`, `payload` under label 674 or no metadata at all.

    The same arguments give the same bytes; the order of `inputs` does not matter. There is no
    lower bound of validity, because a provider that lags would make us refuse ourselves.

    Raises:
        UnfitMetadata: the chain would refuse the payload, or the transaction grows too large.
        WalletTooLow: the inputs do not pay the fee and leave an output the chain accepts.
    """
    draft = _Draft(
        address=address,
        inputs=tuple(sorted(set(inputs), key=lambda output: (output.tx_hash, output.index))),
        auxiliary_data=None if payload is None else auxiliary_data(payload),
        ttl_slot=ttl_slot,
        parameters=parameters,
    )
    fee = _fee(draft)
    change = draft.lovelace - fee
    _refuse_small_change(draft, change, fee)
    return UnsignedTransaction(_body(draft, fee, change), fee, change, draft)


def auxiliary_data(payload: Mapping[str, Any]) -> bytes:
    """
    What a transaction carries besides its body; the body commits to its hash.

    Raises:
        UnfitMetadata: the chain would refuse the payload.
    """
    metadata = dict(payload)
    check(metadata)
    encoded: bytes = dumps(CBORTag(AUXILIARY_DATA_TAG, {METADATA: {METADATA_LABEL: metadata}}))
    return encoded


def _fee(draft: _Draft) -> int:
    # The fee depends on the size, which depends on the fee and on the change that it leaves. The
    # price without a change output is below the fee, so the change reckoned with it is above the
    # change that is sent: the size that is priced is never smaller than the size that is sent.
    most = _price(draft.parameters, draft.parameters.transaction_bytes_max)
    without_change = _price(draft.parameters, _size_bytes(draft, most, None))
    change = max(0, draft.lovelace - without_change)
    size_bytes = _size_bytes(draft, most, change)
    if size_bytes > draft.parameters.transaction_bytes_max:
        raise UnfitMetadata(
            f"The transaction would have {size_bytes} bytes; "
            f"the chain takes {draft.parameters.transaction_bytes_max}"
        )
    return _price(draft.parameters, size_bytes)


def _price(parameters: ProtocolParameters, size_bytes: int) -> int:
    return parameters.fee_fixed + parameters.fee_per_byte * size_bytes


def _refuse_small_change(draft: _Draft, change: int, fee: int) -> None:
    output_bytes = len(dumps([draft.address, max(0, change)]))
    smallest = (UTXO_OVERHEAD_BYTES + output_bytes) * draft.parameters.lovelace_per_utxo_byte
    if change < smallest:
        raise WalletTooLow(
            f"{draft.lovelace} lovelace do not pay a fee of {fee} and leave {smallest} as change"
        )


def _size_bytes(draft: _Draft, fee: int, change: int | None) -> int:
    placeholder = _witnesses(bytes(32), bytes(64))
    return len(_transaction(draft, _body(draft, fee, change), placeholder))


def _body(draft: _Draft, fee: int, change: int | None) -> bytes:
    carried = draft.auxiliary_data
    return write_body(
        TransactionBody(
            inputs=tuple((bytes.fromhex(output.tx_hash), output.index) for output in draft.inputs),
            outputs=() if change is None else (Output(draft.address, change),),
            fee_lovelace=fee,
            ttl_slot=draft.ttl_slot,
            auxiliary_data_hash=None if carried is None else _blake2b_256(carried),
        )
    )


def _witnesses(public_key: bytes, signature: bytes) -> bytes:
    return dumps({KEY_WITNESSES: CBORTag(SET_TAG, [[public_key, signature]])})


def _transaction(draft: _Draft, body: bytes, witnesses: bytes) -> bytes:
    carried = NO_AUXILIARY_DATA if draft.auxiliary_data is None else draft.auxiliary_data
    return LIST_OF_FOUR + body + witnesses + IS_VALID + carried


def _blake2b_256(data: bytes) -> bytes:
    return blake2b(data, digest_size=32).digest()
