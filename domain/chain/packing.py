"""
Which queued records go into the next transaction.

A block takes 90,112 bytes and a transaction 16,384. Five full transactions would leave 8 KB of every
block empty, so a transaction is filled to a size of which a whole number fits a block: six of 15,018
bytes fill all but four bytes (ADR 0015).

Sizes are exact without encoding anything: CBOR's shortest form (RFC 8949, section 3), which is what
the transaction builder writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.chain.metadata import UnfitMetadata, check
from domain.chain.records import ChainRecord
from domain.chain.transactions import ProtocolParameters

ENVELOPE_BYTES_MAX = 256
"""A transaction with one input and one output, without what stands under label 674; at most."""

RECORDS_AT_ONCE = 128
"""More than fit any transaction: the smallest record the registry writes takes about 200 bytes."""


@dataclass(frozen=True)
class Packed:
    """
    `taken` go into one transaction, in order. `unfit` are refused by the chain's rules, each with
    the sentence why. `full`: the next record that waits would not fit as well.
    """

    taken: tuple[ChainRecord, ...]
    unfit: tuple[tuple[ChainRecord, str], ...] = ()
    full: bool = False


def transaction_bytes_target(parameters: ProtocolParameters) -> int:
    """As large as a transaction can be when blocks are filled with transactions of one size."""
    per_block = -(-parameters.block_bytes_max // parameters.transaction_bytes_max)
    return parameters.block_bytes_max // per_block


def pack(records: Sequence[ChainRecord], *, bytes_max: int) -> Packed:
    """
    Take records in order while their transaction stays within `bytes_max`.

    The first fit record is always taken, whatever its size: alone it may still fit a transaction,
    which only the builder can tell. Records that the ledger would refuse hold up nobody.
    """
    batch = _Batch(bytes_max - ENVELOPE_BYTES_MAX)
    unfit = []
    for record in records:
        try:
            check(dict(record.record))
        except UnfitMetadata as reason:
            unfit.append((record, str(reason)))
            continue
        if not batch.takes(record):
            return Packed(tuple(batch.records), tuple(unfit), full=True)
    return Packed(tuple(batch.records), tuple(unfit))


class _Batch:
    """A growing `domain.chain.metadata.payload`, which always knows how many bytes it has."""

    def __init__(self, bytes_max: int) -> None:
        self.records: list[ChainRecord] = []
        self._bytes_max = bytes_max
        self._lines: dict[str, None] = {}
        self._records_bytes = 0

    def takes(self, record: ChainRecord) -> bool:
        lines = self._lines | dict.fromkeys(record.record.get("msg", ()))
        records_bytes = self._records_bytes + size_bytes(record.record)
        if self.records and self._size_bytes(lines, records_bytes) > self._bytes_max:
            return False
        self.records.append(record)
        self._lines, self._records_bytes = lines, records_bytes
        return True

    def _size_bytes(self, lines: Mapping[str, None], records_bytes: int) -> int:
        count = len(self.records) + 1
        around = size_bytes({"msg": list(lines), "records": []}) - _head_bytes(0)
        return around + _head_bytes(count) + records_bytes


def size_bytes(value: Any) -> int:
    """Bytes of texts, byte strings, integers of 64 bits, lists and maps of these in CBOR's shortest form."""
    match value:
        case str():
            encoded_bytes = len(value.encode())
            return _head_bytes(encoded_bytes) + encoded_bytes
        case bytes():
            return _head_bytes(len(value)) + len(value)
        case int():
            return _head_bytes(value if value >= 0 else -1 - value)
        case Mapping():
            inner = sum(size_bytes(key) + size_bytes(item) for key, item in value.items())
            return _head_bytes(len(value)) + inner
        case _:
            return _head_bytes(len(value)) + sum(size_bytes(item) for item in value)


def _head_bytes(argument: int) -> int:
    """The initial byte, and what follows it when the argument (a length or a number) is over 23."""
    if argument < 24:  # noqa: PLR2004 -- RFC 8949, section 3: larger ones follow in 1, 2, 4 or 8 bytes
        return 1
    for width in (1, 2, 4):
        if argument < 1 << 8 * width:
            return 1 + width
    return 9
