"""
Where a project's units are, added up from the records under label 674 alone (ADR 0045).

There is one movement for each type of credit transaction: units come into being, change hands or leave.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.chain.metadata import (
    AUDIT_LINE,
    CANCELLATION_LINE,
    CONTRIBUTION_LINE,
    ISSUANCE_LINE,
    REINSTATEMENT_LINE,
    RELEASE_LINE,
    RETIREMENT_LINE,
    SUSPENSION_LINE,
    TRANSFER_LINE,
    join_text,
)
from domain.chain.records import RecordKind
from domain.errors import Invalid
from domain.quantities import format_tonnes, parse_tonnes


class Part(StrEnum):
    """Where issued units are, under the names of the published conservation sum."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"
    CANCELLED = "cancelled"
    BUFFER = "buffer"


@dataclass(frozen=True)
class Movement:
    """
    `line` is the record's `msg`. Units leave one of `taken_from` (a record with a choice says which in its
    field `taken_from`), or come into being where there is none, and are in `given_to` afterwards.
    """

    kind: RecordKind
    line: str
    taken_from: tuple[Part, ...]
    given_to: Part


MOVEMENTS: tuple[Movement, ...] = (
    Movement(RecordKind.ISSUANCE, ISSUANCE_LINE, (), Part.ACTIVE),
    Movement(RecordKind.BUFFER_CONTRIBUTION, CONTRIBUTION_LINE, (), Part.BUFFER),
    Movement(RecordKind.TRANSFER, TRANSFER_LINE, (Part.ACTIVE,), Part.ACTIVE),
    Movement(RecordKind.RETIREMENT, RETIREMENT_LINE, (Part.ACTIVE,), Part.RETIRED),
    Movement(
        RecordKind.CANCELLATION,
        CANCELLATION_LINE,
        (Part.ACTIVE, Part.BUFFER, Part.SUSPENDED),
        Part.CANCELLED,
    ),
    Movement(RecordKind.BUFFER_RELEASE, RELEASE_LINE, (Part.BUFFER,), Part.ACTIVE),
    Movement(RecordKind.SUSPENSION, SUSPENSION_LINE, (Part.ACTIVE,), Part.SUSPENDED),
    Movement(RecordKind.REINSTATEMENT, REINSTATEMENT_LINE, (Part.SUSPENDED,), Part.ACTIVE),
)
"""The one list of what has a chain record, besides the audit log's anchors."""

ISSUED = "issued"
RESERVED = "reserved"
_BY_LINE = {movement.line: movement for movement in MOVEMENTS}

ProjectVintage = tuple[str, int]
"""A project's identifier and a vintage."""


class NoMovement(ValueError):
    """A record of ours does not tell a movement as it should; the sentence says why."""


class UnknownMovement(NoMovement):
    """It tells one that this version of the program does not know."""


@dataclass
class ChainSums:
    """
    Where units are, by project and vintage, as far as records have been added.

    Each of `units` counts units of 0.01 t under the names of `Part` and "issued". `faults` are sentences
    about records that contradict others or cannot be read; `unknown` about those of another version.
    """

    units: dict[ProjectVintage, Counter[str]] = field(default_factory=dict)
    records: int = 0
    faults: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    _told: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, tx_hash: str, record: Mapping[str, Any]) -> None:
        """Count a record that the registry wrote; an anchor of the audit log moves nothing."""
        if record.get("msg") == [AUDIT_LINE]:
            return
        try:
            movement, serial, key, quantity_units, taken_from = _read(record)
        except UnknownMovement as unknown:
            self.unknown.append(f"Transaction {tx_hash}: {unknown}")
            return
        except NoMovement as fault:
            self.faults.append(f"Transaction {tx_hash}: {fault}")
            return
        # A movement opens a new entry, or closes one for ever, so that none is told of a serial twice.
        told = (movement.line, serial)
        if told in self._told:
            first = self._told[told]
            self.faults.append(
                f"The {movement.kind} of {serial} stands in {first} and again in {tx_hash}."
            )
            return
        self._told[told] = tx_hash
        self.records += 1
        counted = self.units.setdefault(key, Counter())
        counted[taken_from or ISSUED] += -quantity_units if taken_from else quantity_units
        counted[movement.given_to] += quantity_units

    def compare(self, published: Mapping[ProjectVintage, Mapping[str, int]]) -> list[str]:
        """
        A sentence for each sum that the registry publishes otherwise; none when all are the same.

        `published` has units of 0.01 t under the same names; a name that it leaves out is 0. What it
        has as reserved is active on the chain, where nothing is told of a set-aside (ADR 0092).
        """
        return [
            f"Project {key[0]}, vintage {key[1]}: {name} is {_tonnes(found[name])} t on the chain, "
            f"{_tonnes(_said(said, name))} t as published."
            for key in sorted({*self.units, *published})
            for found, said in [(self.units.get(key, Counter()), published.get(key, {}))]
            for name in (ISSUED, *Part)
            if found[name] != _said(said, name)
        ]


def _said(published: Mapping[str, int], name: str) -> int:
    reserved = published.get(RESERVED, 0) if name == Part.ACTIVE else 0
    return published.get(name, 0) + reserved


def _read(
    record: Mapping[str, Any],
) -> tuple[Movement, str, ProjectVintage, int, Part | None]:
    lines, serial = record.get("msg"), record.get("credit_id")
    line = lines[0] if isinstance(lines, list) and len(lines) == 1 else None
    movement = _BY_LINE.get(line) if isinstance(line, str) else None
    if movement is None:
        raise UnknownMovement(f"a record of {serial!r} says {lines!r}, which is not known here.")
    try:
        return (
            movement,
            join_text(record["credit_id"]),
            (join_text(record["project_id"]), int(record["vintage"])),
            parse_tonnes(record["quantity"]),
            _taken_from(movement, record),
        )
    except (KeyError, TypeError, ValueError, Invalid) as error:
        raise NoMovement(
            f"the {movement.kind} of {serial!r} cannot be read ({type(error).__name__}: {error})."
        ) from None


def _taken_from(movement: Movement, record: Mapping[str, Any]) -> Part | None:
    if len(movement.taken_from) < 2:  # noqa: PLR2004 -- one or none is no choice
        return next(iter(movement.taken_from), None)
    part = Part(record["taken_from"])
    if part not in movement.taken_from:
        raise ValueError(f"nothing is taken from what is {part}")
    return part


def _tonnes(quantity_units: int) -> str:
    return (
        f"-{format_tonnes(-quantity_units)}"
        if quantity_units < 0
        else format_tonnes(quantity_units)
    )
