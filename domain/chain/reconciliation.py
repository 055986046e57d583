"""
Reconciliation: what we say stands on the chain is there, and what is there under our name is ours.

Every record we call confirmed is in its transaction, field by field; every record in a transaction
that our keys signed is ours; none is there twice. Every issuance of the ledger has its record, of what was
approved less the buffer's share, and every record of an issuance has its issuance.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from domain.chain.metadata import Record, differences, records_in
from domain.chain.records import ON_THE_CHAIN, RecordStatus
from domain.quantities import format_tonnes

DIFFERENCES_MAX = 100
"""Whoever reads more has understood that something is wrong; the rest is found again next time."""


class ChainDifferenceKind(StrEnum):
    MISSING = "missing"
    ABSENT = "absent"
    UNLIKE = "unlike"
    TWICE = "twice"
    FOREIGN = "foreign"
    UNRECORDED = "unrecorded"
    UNISSUED = "unissued"
    UNLIKE_LEDGER = "unlike_ledger"
    UNAPPROVED = "unapproved"


_SENTENCES = {
    ChainDifferenceKind.MISSING: "{subject} is confirmed here in {tx}, which the chain does not show.",
    ChainDifferenceKind.ABSENT: "{subject} is not among the records that {tx} holds.",
    ChainDifferenceKind.UNLIKE: "{subject} differs from what {tx} holds, at {detail}.",
    ChainDifferenceKind.TWICE: "{subject} stands in {tx} and again in {detail}.",
    ChainDifferenceKind.FOREIGN: "The platform's key signed {tx}, which holds a record that is not ours.",
    ChainDifferenceKind.UNRECORDED: "{subject} has no record for the chain.",
    ChainDifferenceKind.UNISSUED: "{subject} tells of an issuance that is not in the ledger.",
    ChainDifferenceKind.UNLIKE_LEDGER: "{subject} differs from the issuance in the ledger, at {detail}.",
    ChainDifferenceKind.UNAPPROVED: "{subject} is of another quantity than was approved: {detail}.",
}


@dataclass(frozen=True)
class ChainDifference:
    """
    `subject` names our record; `detail` are pointers to fields, or the other transaction.

    `tx_hash` is empty where record and ledger differ, of a record that is in no transaction yet or of
    an issuance that has none.
    """

    kind: ChainDifferenceKind
    tx_hash: str
    subject: str = ""
    detail: str = ""

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.kind].format(
            subject=self.subject, tx=f"transaction {self.tx_hash}", detail=self.detail
        )


@dataclass(frozen=True)
class OwnRecord:
    """A chain record as our database has it."""

    id: UUID
    status: RecordStatus
    record: Mapping[str, Any]
    tx_hash: str | None

    @property
    def name(self) -> str:
        """What a sentence calls it; serials and numbers only, for everybody to read."""
        if "credit_id" in self.record:
            return f"The record {self.id} of {self.record['credit_id']}"
        return f"The anchor {self.id} of audit entry {self.record.get('seq')}"


@dataclass(frozen=True)
class IssuedOnLedger:
    """
    An issuance as the ledger has it; the buffer's share has a transaction of its own.

    `approved_units` are those of its approval less the buffer's share; None: it rests on no approval.
    """

    transaction_id: UUID
    serial: str
    project_id: UUID
    quantity_units: int
    vintage: int
    approved_units: int | None

    @property
    def stated(self) -> Mapping[str, Any]:
        """What its record must say; who received it has more than one spelling."""
        return {
            "credit_id": self.serial,
            "project_id": str(self.project_id),
            "quantity": format_tonnes(self.quantity_units),
            "vintage": self.vintage,
        }


@dataclass(frozen=True)
class RecordedIssuance:
    """An issuance and its chain record; either may be missing, but not both."""

    key: UUID
    issuance: IssuedOnLedger | None
    record: OwnRecord | None


@dataclass(frozen=True)
class Compared:
    """
    What a transaction's records come to.

    `strays` stand on the chain and answer to none of the records that our database has in it.
    """

    differences: tuple[ChainDifference, ...]
    strays: tuple[Record, ...]


@dataclass(frozen=True)
class Reconciliation:
    """
    What was found at one moment; without differences, database and chain agree.

    `since_height` None: everything was compared. `tip_height` is where the next one may go on.
    """

    id: UUID
    checked_at: datetime
    since_height: int | None
    tip_height: int
    transactions: int
    records: int
    differences: Sequence[ChainDifference]

    @property
    def agrees(self) -> bool:
        return not self.differences


def compare(tx_hash: str, own: Sequence[OwnRecord], payload: Any) -> Compared:
    """Match our records of a transaction with those under its label 674, each with one at most."""
    strays = list(records_in(payload))
    unmatched = []
    for record in own:
        place = _first(strays, partial(_equal, record.record))
        if place is None:
            unmatched.append(record)
        else:
            del strays[place]
    found = []
    for record in unmatched:
        place = _first(strays, partial(_speak_of_one, record.record))
        if place is None:
            found.append(ChainDifference(ChainDifferenceKind.ABSENT, tx_hash, record.name))
        else:
            pointers = ", ".join(sorted(differences(record.record, strays.pop(place))))
            found.append(
                ChainDifference(ChainDifferenceKind.UNLIKE, tx_hash, record.name, pointers)
            )
    return Compared(tuple(found), tuple(strays))


def compare_issuance(recorded: RecordedIssuance) -> list[ChainDifference]:
    """Ledger, record and approval, each against the next."""
    issuance, record = recorded.issuance, recorded.record
    tx_hash = (record.tx_hash if record else None) or ""
    found = []
    if issuance is None and record is not None:
        found.append(ChainDifference(ChainDifferenceKind.UNISSUED, tx_hash, record.name))
    if issuance is None:
        return found
    name = f"The issuance {issuance.transaction_id} of {issuance.serial}"
    if record is None:
        found.append(ChainDifference(ChainDifferenceKind.UNRECORDED, tx_hash, name))
    else:
        said = {key: record.record.get(key) for key in issuance.stated}
        pointers = ", ".join(sorted(differences(issuance.stated, said)))
        if pointers:
            kind = ChainDifferenceKind.UNLIKE_LEDGER
            found.append(ChainDifference(kind, tx_hash, record.name, pointers))
    if issuance.quantity_units != issuance.approved_units:
        approved_units = issuance.approved_units
        approved = "none" if approved_units is None else f"{format_tonnes(approved_units)} t"
        detail = f"{format_tonnes(issuance.quantity_units)} t, approved {approved}"
        found.append(ChainDifference(ChainDifferenceKind.UNAPPROVED, tx_hash, name, detail))
    return found


def missing(tx_hash: str, own: Sequence[OwnRecord]) -> list[ChainDifference]:
    """Its transaction is not on the chain: bad for those of its records that we call confirmed."""
    return [
        ChainDifference(ChainDifferenceKind.MISSING, tx_hash, record.name)
        for record in own
        if record.status in ON_THE_CHAIN
    ]


def judge_stray(tx_hash: str, own: OwnRecord | None) -> ChainDifference:
    """`own` is our record that says the very same, wherever our database has it."""
    if own is None:
        return ChainDifference(ChainDifferenceKind.FOREIGN, tx_hash)
    if own.tx_hash is None:
        other = "another as soon as it is sent"
    else:
        other = "the same" if own.tx_hash == tx_hash else own.tx_hash
    return ChainDifference(ChainDifferenceKind.TWICE, tx_hash, own.name, other)


def _first(strays: Sequence[Record], fits: Callable[[Record], bool]) -> int | None:
    return next((place for place, stray in enumerate(strays) if fits(stray)), None)


def _equal(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    return not differences(ours, theirs)


def _speak_of_one(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Of the same credit or audit entry, in the same way; other fields may differ."""
    return all(
        _text(ours.get(key)) == _text(theirs.get(key)) for key in ("msg", "credit_id", "seq")
    )


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)
