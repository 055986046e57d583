"""
Reading a transaction body back from its bytes, strictly: only bytes that we ourselves would write.

CBOR has many spellings of the same thing, and two readers may see two things in one of them (a key
that stands twice, a length that never ends). What was read is therefore written again, and has to
come to the same bytes; then there is nothing left for another reader to see.
"""

from typing import Any

from cbor2 import CBORTag, dumps, loads

from domain.chain.signing_policy import (
    AUXILIARY_DATA_HASH,
    FEE,
    INPUTS,
    OUTPUTS,
    TTL,
    Output,
    TransactionBody,
    UnreadableBody,
    require_known_fields,
)

SET_TAG = 258
HASH_BYTES = 32
BODY_BYTES_MAX = 16_384
"""No transaction is larger, so no body is."""

_REQUIRED = (INPUTS, OUTPUTS, FEE)


def read_body(encoded: bytes) -> TransactionBody:
    """
    Read a body.

    Raises:
        UnreadableBody: not CBOR, not a body, or not in the one spelling that we write.
        ForbiddenField: a body with a field that we never write.
    """
    fields = _fields(encoded)
    require_known_fields(fields)
    if any(field not in fields for field in _REQUIRED):
        raise UnreadableBody("The body has no inputs, no outputs or no fee.")
    body = TransactionBody(
        inputs=_inputs(fields[INPUTS]),
        outputs=_outputs(fields[OUTPUTS]),
        fee_lovelace=_natural(fields[FEE]),
        ttl_slot=_natural(fields[TTL]) if TTL in fields else None,
        auxiliary_data_hash=_hash(fields[AUXILIARY_DATA_HASH])
        if AUXILIARY_DATA_HASH in fields
        else None,
    )
    if write_body(body) != encoded:
        raise UnreadableBody("The body is not written as this registry writes one.")
    return body


def write_body(body: TransactionBody) -> bytes:
    """The one spelling: definite lengths, shortest integers, fields and inputs in their order."""
    fields: dict[int, Any] = {
        INPUTS: CBORTag(SET_TAG, [list(spent) for spent in body.inputs]),
        OUTPUTS: [[output.address, output.lovelace] for output in body.outputs],
        FEE: body.fee_lovelace,
    }
    if body.ttl_slot is not None:
        fields[TTL] = body.ttl_slot
    if body.auxiliary_data_hash is not None:
        fields[AUXILIARY_DATA_HASH] = body.auxiliary_data_hash
    encoded: bytes = dumps(fields)
    return encoded


def _fields(encoded: bytes) -> dict[int, Any]:
    if len(encoded) > BODY_BYTES_MAX:
        raise UnreadableBody(f"The body has more than {BODY_BYTES_MAX} bytes.")
    try:
        decoded = loads(encoded)
    except Exception as error:  # noqa: BLE001 -- tags decode through half the standard library, which raises what it likes
        raise UnreadableBody(f"The body is not CBOR: {type(error).__name__}.") from None
    if not isinstance(decoded, dict) or any(type(key) is not int for key in decoded):
        raise UnreadableBody("The body is not a map of numbered fields.")
    return decoded


def _inputs(value: Any) -> tuple[tuple[bytes, int], ...]:
    # A set (tag 258) is read as one, without its order; we write inputs in ascending order.
    if not isinstance(value, set | frozenset):
        raise UnreadableBody("The inputs are not a set.")
    return tuple(sorted(_input(spent) for spent in value))


def _input(value: Any) -> tuple[bytes, int]:
    match value:
        case (tx_hash, index):
            return _hash(tx_hash), _natural(index)
    raise UnreadableBody("An input is not a transaction hash and an index.")


def _outputs(value: Any) -> tuple[Output, ...]:
    if not isinstance(value, list):
        raise UnreadableBody("The outputs are not a list.")
    return tuple(_output(output) for output in value)


def _output(value: Any) -> Output:
    match value:
        case [bytes(address), lovelace] if isinstance(value, list):
            return Output(address, _natural(lovelace))
    raise UnreadableBody("An output is not an address and an amount of lovelace alone.")


def _natural(value: Any) -> int:
    # A boolean is an int to Python, and a different thing to the ledger.
    if type(value) is not int or value < 0:
        raise UnreadableBody("An amount, index or slot is not a natural number.")
    return value


def _hash(value: Any) -> bytes:
    if not isinstance(value, bytes) or len(value) != HASH_BYTES:
        raise UnreadableBody(f"A hash does not have {HASH_BYTES} bytes.")
    return value
