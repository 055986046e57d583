"""
Build the one kind of transaction the registry sends: a wallet pays itself and carries a record.

pycardano's TransactionBuilder makes the same bytes (a test holds the two together) in 55 to
140 ms, most of it for coin selection, scripts and tokens, of which there are none here. This
writes the ledger's own structure, so few maps and lists, in a fraction of a millisecond.

Source: Conway era CDDL (cardano-ledger, `conway.cddl`), whose map keys stand below by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from cbor2 import CBORTag, dumps
from pycardano import Address

from activities.ports import WalletTooLow
from domain.chain import METADATA_LABEL, ProtocolParameters, SignedTransaction, UnspentOutput
from domain.metadata import UnfitMetadata, check

# transaction_body
INPUTS, OUTPUTS, FEE, TTL, AUXILIARY_DATA_HASH = 0, 1, 2, 3, 7
# transaction_witness_set, auxiliary_data
KEY_WITNESSES, METADATA = 0, 0
SET_TAG, AUXILIARY_DATA_TAG = 258, 259

# A transaction is the list [body, witnesses, is_valid, auxiliary data]. It is put together from
# parts that are already bytes, so that what is sent is byte for byte what was hashed and signed.
LIST_OF_FOUR, IS_VALID = b"\x84", b"\xf5"

UTXO_OVERHEAD_BYTES = 160
"""What the ledger adds to an output's own size when it asks for its smallest amount (Babbage)."""


@dataclass(frozen=True)
class _Draft:
    """All that stays the same while the fee is found."""

    address: bytes
    inputs: tuple[UnspentOutput, ...]
    auxiliary_data: bytes
    ttl_slot: int
    parameters: ProtocolParameters

    @property
    def lovelace(self) -> int:
        return sum(output.lovelace for output in self.inputs)


def build(
    payload: Mapping[str, Any],
    *,
    inputs: Sequence[UnspentOutput],
    address: Address,
    ttl_slot: int,
    parameters: ProtocolParameters,
    public_key: bytes,
    sign: Callable[[bytes], bytes],
) -> SignedTransaction:
    """
    Build and sign: all `inputs`, one change output to `address`, `payload` under label 674.

    The same arguments give the same bytes; the order of `inputs` does not matter. There is no
    lower bound of validity, because a provider that lags would make us refuse ourselves.

    Raises:
        UnfitMetadata: the chain would refuse the payload, or the transaction grows too large.
        WalletTooLow: the inputs do not pay the fee and leave a change output the chain accepts.
    """
    metadata = dict(payload)
    check(metadata)
    draft = _Draft(
        address=bytes(address.to_primitive()),
        inputs=tuple(sorted(set(inputs), key=lambda output: (output.tx_hash, output.index))),
        auxiliary_data=_auxiliary_data(metadata),
        ttl_slot=ttl_slot,
        parameters=parameters,
    )
    fee = _fee(draft)
    change = draft.lovelace - fee
    _refuse_small_change(draft, change, fee)
    body = _body(draft, fee, change)
    body_hash = _blake2b_256(body)
    return SignedTransaction(
        tx_hash=body_hash.hex(),
        cbor=_transaction(draft, body, _witnesses(public_key, sign(body_hash))),
        inputs=draft.inputs,
        change=UnspentOutput(body_hash.hex(), 0, change),
        fee_lovelace=fee,
        ttl_slot=ttl_slot,
    )


def _auxiliary_data(metadata: dict[str, Any]) -> bytes:
    return dumps(CBORTag(AUXILIARY_DATA_TAG, {METADATA: {METADATA_LABEL: metadata}}))


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
    spent = [[bytes.fromhex(output.tx_hash), output.index] for output in draft.inputs]
    return dumps(
        {
            INPUTS: CBORTag(SET_TAG, spent),
            OUTPUTS: [] if change is None else [[draft.address, change]],
            FEE: fee,
            TTL: draft.ttl_slot,
            AUXILIARY_DATA_HASH: _blake2b_256(draft.auxiliary_data),
        }
    )


def _witnesses(public_key: bytes, signature: bytes) -> bytes:
    return dumps({KEY_WITNESSES: CBORTag(SET_TAG, [[public_key, signature]])})


def _transaction(draft: _Draft, body: bytes, witnesses: bytes) -> bytes:
    return LIST_OF_FOUR + body + witnesses + IS_VALID + draft.auxiliary_data


def _blake2b_256(data: bytes) -> bytes:
    return blake2b(data, digest_size=32).digest()
