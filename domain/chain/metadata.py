"""
What a record looks like on the chain: transaction metadata under label 674.

A retirement keeps exactly the keys of the seed (section "Transaction Metadata Format (CIP-20)");
all other movements are written in the same style. CIP-20 readers look at `msg` alone, which is
always a list of strings; other keys "don't invalidate the message".

The ledger allows 64 bytes of UTF-8 for each text and each key, at any depth, and knows no booleans,
nulls or decimals. Longer texts are lists of chunks, which a reader joins with nothing in between.

Everything written here is public for ever: never a person's data, and no account's identifier. Where the
seed has one stands a commitment to it (`domain.chain.commitments`); records from before hold identifiers.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any
from uuid import UUID

from domain.identifiers import Serial
from domain.quantities import format_tonnes

TEXT_BYTES_MAX = 64
INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1

ISSUANCE_LINE = "Karbonica Carbon Credit Issuance"
TRANSFER_LINE = "Karbonica Carbon Credit Transfer"
RETIREMENT_LINE = "Karbonica Carbon Credit Retirement"
CANCELLATION_LINE = "Karbonica Carbon Credit Cancellation"
CONTRIBUTION_LINE = "Karbonica Carbon Credit Buffer Contribution"
RELEASE_LINE = "Karbonica Carbon Credit Buffer Release"
SUSPENSION_LINE = "Karbonica Carbon Credit Suspension"
REINSTATEMENT_LINE = "Karbonica Carbon Credit Reinstatement"
AUDIT_LINE = "Karbonica Audit Log"

_ABSENT = object()

Record = dict[str, Any]
"""One record: keys of text; texts, integers and lists of chunks as values."""


class UnfitMetadata(ValueError):
    """The chain would refuse this metadata; the sentence says where and why."""


def retirement_record(
    *,
    serial: Serial | str,
    project_id: UUID | str,
    quantity_units: int,
    vintage: int,
    retired_by: UUID | str,
    reason: str,
    at: datetime,
) -> Record:
    """
    Write a retirement in the seed's shape.

    `retirement_reason` is a list of chunks even when one suffices, so that its type does not
    depend on its length. `at` carries a time zone and is written in UTC, to the second.
    """
    return {
        "msg": [RETIREMENT_LINE],
        **_credit(serial, project_id, quantity_units, vintage),
        "retired_by": _text(retired_by),
        "retirement_reason": chunks(reason),
        "timestamp": _timestamp(at),
    }


def transfer_record(
    *,
    serial: Serial | str,
    project_id: UUID | str,
    quantity_units: int,
    vintage: int,
    sender_id: UUID | str,
    recipient_id: UUID | str,
    at: datetime,
) -> Record:
    """Write a transfer: who gave, who received. `serial` is the entry that was given."""
    return {
        "msg": [TRANSFER_LINE],
        **_credit(serial, project_id, quantity_units, vintage),
        "from": _text(sender_id),
        "to": _text(recipient_id),
        "timestamp": _timestamp(at),
    }


def issuance_record(
    *,
    serial: Serial | str,
    project_id: UUID | str,
    quantity_units: int,
    vintage: int,
    issued_to: UUID | str,
    at: datetime,
) -> Record:
    """Write an issuance: the block of units that came into being, and whose it is."""
    return {
        "msg": [ISSUANCE_LINE],
        **_credit(serial, project_id, quantity_units, vintage),
        "issued_to": _text(issued_to),
        "timestamp": _timestamp(at),
    }


def cancellation_record(
    *,
    serial: Serial | str,
    project_id: UUID | str,
    quantity_units: int,
    vintage: int,
    taken_from: str,
    reason: str,
    at: datetime,
) -> Record:
    """Write a cancellation: `taken_from` is what the units were, active, suspended or in the buffer."""
    return {
        "msg": [CANCELLATION_LINE],
        **_credit(serial, project_id, quantity_units, vintage),
        "taken_from": taken_from,
        "cancellation_reason": chunks(reason),
        "timestamp": _timestamp(at),
    }


def contribution_record(
    *,
    serial: Serial | str,
    project_id: UUID | str,
    quantity_units: int,
    vintage: int,
    at: datetime,
) -> Record:
    """Write what of an issuance went into the buffer, which the issuance's own record leaves out."""
    return {
        "msg": [CONTRIBUTION_LINE],
        **_credit(serial, project_id, quantity_units, vintage),
        "timestamp": _timestamp(at),
    }


def release_record(
    *,
    serial: Serial | str,
    project_id: UUID | str,
    quantity_units: int,
    vintage: int,
    released_to: UUID | str,
    reason: str,
    at: datetime,
) -> Record:
    """Write a release: buffer units that are active from now on, and whose they are."""
    return {
        "msg": [RELEASE_LINE],
        **_credit(serial, project_id, quantity_units, vintage),
        "released_to": _text(released_to),
        "release_reason": chunks(reason),
        "timestamp": _timestamp(at),
    }


def suspension_record(
    *,
    serial: Serial | str,
    project_id: UUID | str,
    quantity_units: int,
    vintage: int,
    suspended_for: UUID | str,
    at: datetime,
) -> Record:
    """Write a suspension: `suspended_for` is the reversal, whose cause the registry publishes."""
    return {
        "msg": [SUSPENSION_LINE],
        **_credit(serial, project_id, quantity_units, vintage),
        "suspended_for": _text(suspended_for),
        "timestamp": _timestamp(at),
    }


def reinstatement_record(
    *,
    serial: Serial | str,
    project_id: UUID | str,
    quantity_units: int,
    vintage: int,
    at: datetime,
) -> Record:
    """Write that suspended units are active again."""
    return {
        "msg": [REINSTATEMENT_LINE],
        **_credit(serial, project_id, quantity_units, vintage),
        "timestamp": _timestamp(at),
    }


def audit_record(
    *, seq: int, hash: str, at: datetime, tree: tuple[int, str] | None = None
) -> Record:
    """
    Write an anchor of the audit log: the number and hash (64 hexadecimal digits) of an entry.

    `tree` is the size and the root (likewise) of the transparency log in which that entry is the last one of
    its kind; None: it has no checkpoint that goes so far (ADR 0107).
    """
    checkpoint = {"tree_size": tree[0], "root_hash": tree[1]} if tree else {}
    return {
        "msg": [AUDIT_LINE],
        "seq": seq,
        "hash": hash,
        **checkpoint,
        "timestamp": _timestamp(at),
    }


def audit_anchors(found_payload: Any) -> Sequence[Record]:
    """The anchors of the audit log in what the chain shows under label 674, single or batch."""
    return [record for record in records_in(found_payload) if record.get("msg") == [AUDIT_LINE]]


def records_in(found_payload: Any) -> Sequence[Record]:
    """The records in what the chain shows under label 674, single or batch; none when it is no map."""
    return list(_records(found_payload))


def payload(records: Sequence[Mapping[str, Any]]) -> Record:
    """
    Join the records of one transaction into what stands under label 674.

    A single record stands there as it is, in the seed's shape. Several stand whole under
    `records`, below a `msg` that names each kind once, so that explorers still show a line.
    """
    if not records:
        raise ValueError("a transaction carries at least one record")
    if len(records) == 1:
        return dict(records[0])
    lines = dict.fromkeys(line for record in records for line in record["msg"])
    return {"msg": list(lines), "records": [dict(record) for record in records]}


def find_record(found_payload: Any, expected: Mapping[str, Any]) -> Record | None:
    """
    Look up the record that speaks of the same credit in the same way (`credit_id` and `msg`).

    `found_payload` is what the chain shows under label 674, single or batch. The record that is
    returned may still differ elsewhere, which `differences` shows. None: no such record is there.
    """
    candidates = same_credit(found_payload, expected)
    return next(
        (record for record in candidates if record == expected), next(iter(candidates), None)
    )


def same_credit(found_payload: Any, expected: Mapping[str, Any]) -> list[Record]:
    """Every record there that speaks of the same credit in the same way; more than one contradict."""
    return [
        record
        for record in _records(found_payload)
        if record.get("msg") == expected["msg"] and record.get("credit_id") == expected["credit_id"]
    ]


def differences(expected: Any, found: Any) -> tuple[str, ...]:
    """Compare field by field: an RFC 6901 pointer for each place that differs, none when equal."""
    return tuple(_differences(expected, found, ""))


def check(payload: Any) -> None:
    """
    Refuse what the ledger would refuse.

    Libraries let booleans, long keys and large integers through, and the node then answers with
    an error that names none of them.

    Raises:
        UnfitMetadata: a boolean, null, float or another type; a text, byte string or key over
            64 bytes; a key that is no text; an integer outside 64 bits with a sign; a text that
            is not Unicode (a lone surrogate).
    """
    _check(payload, "")


def chunks(text: str) -> list[str]:
    """Cut a text, in NFC, on code-point borders into pieces of at most 64 bytes of UTF-8."""
    composed = unicodedata.normalize("NFC", text)
    if _size_bytes(composed, "") <= TEXT_BYTES_MAX:
        return [composed]
    pieces, piece, size_bytes = [], "", 0
    for character in composed:
        width_bytes = _size_bytes(character, "")
        if size_bytes + width_bytes > TEXT_BYTES_MAX:
            pieces.append(piece)
            piece, size_bytes = "", 0
        piece += character
        size_bytes += width_bytes
    return [*pieces, piece]


def join_text(value: str | Sequence[str]) -> str:
    """Read back a text that may have been written in chunks."""
    return value if isinstance(value, str) else "".join(value)


def _credit(
    serial: Serial | str, project_id: UUID | str, quantity_units: int, vintage: int
) -> Record:
    return {
        "credit_id": _text(serial),
        "project_id": _text(project_id),
        "quantity": format_tonnes(quantity_units),
        "vintage": vintage,
    }


def _text(value: Serial | UUID | str) -> str | list[str]:
    pieces = chunks(str(value))
    return pieces[0] if len(pieces) == 1 else pieces


def _timestamp(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a record's time needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _records(found_payload: Any) -> Iterator[Record]:
    if not isinstance(found_payload, Mapping):
        return
    inner = found_payload.get("records")
    for record in inner if isinstance(inner, list) else [found_payload]:
        if isinstance(record, Mapping):
            yield dict(record)


def _differences(expected: Any, found: Any, pointer: str) -> Iterator[str]:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in dict.fromkeys([*expected, *found]):
            pair = expected.get(key, _ABSENT), found.get(key, _ABSENT)
            yield from _differences(*pair, _below(pointer, key))
    elif isinstance(expected, list) and isinstance(found, list):
        for index, pair in enumerate(zip_longest(expected, found, fillvalue=_ABSENT)):
            yield from _differences(*pair, _below(pointer, index))
    # In Python 1 == True and 1 == 1.0; on the chain and in JSON these are three different things.
    elif type(expected) is not type(found) or expected != found:
        yield pointer


def _check(value: Any, pointer: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise _unfit(pointer, f"the key {key!r} is no text")
            _check(key, _below(pointer, key))
            _check(inner, _below(pointer, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check(inner, _below(pointer, index))
    elif isinstance(value, str | bytes):
        if _size_bytes(value, pointer) > TEXT_BYTES_MAX:
            raise _unfit(pointer, f"over {TEXT_BYTES_MAX} bytes")
    elif isinstance(value, bool) or not isinstance(value, int):
        raise _unfit(pointer, f"{type(value).__name__} has no place in metadata")
    elif not INTEGER_MIN <= value <= INTEGER_MAX:
        raise _unfit(pointer, "the integer does not fit 64 bits")


def _size_bytes(text: str | bytes, pointer: str) -> int:
    try:
        return len(text.encode()) if isinstance(text, str) else len(text)
    except UnicodeEncodeError:
        raise _unfit(pointer, "a lone surrogate is no text") from None


def _below(pointer: str, key: Any) -> str:
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _unfit(pointer: str, why: str) -> UnfitMetadata:
    return UnfitMetadata(f"Metadata at {pointer!r}: {why}")
