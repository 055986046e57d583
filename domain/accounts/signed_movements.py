"""A transfer or retirement as its maker's wallet signs it, when it is large (ADR 0062)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import rfc8785

from domain.quantities import format_tonnes

_LINES_SHOWN = 10


class MovementKind(StrEnum):
    TRANSFER = "transfer"
    RETIRE = "retire"


@dataclass(frozen=True)
class MovementLine:
    """`quantity_units` of 0.01 t of the entry `serial`."""

    serial: str
    quantity_units: int


@dataclass(frozen=True)
class SignedMovement:
    """
    What is asked for, all of it: `terms` is the rest of the request, as JSON has it.

    `recipient` is an account's id or e-mail address, None where nobody receives anything.
    """

    kind: MovementKind
    lines: tuple[MovementLine, ...]
    recipient: str | None
    terms: Mapping[str, Any]

    @property
    def quantity_units(self) -> int:
        return sum(line.quantity_units for line in self.lines)

    @property
    def subject_hash(self) -> str:
        """SHA-256 (hex) over canonical JSON (RFC 8785): a signature is of this movement and no other."""
        return hashlib.sha256(
            rfc8785.dumps(
                {
                    "kind": self.kind.value,
                    "lines": [[line.serial, str(line.quantity_units)] for line in self.lines],
                    "recipient": self.recipient,
                    "terms": dict(self.terms),
                }
            )
        ).hexdigest()

    @property
    def words(self) -> str:
        """What is to be done, as the owner of a wallet reads it before they sign."""
        shown = [
            f"{format_tonnes(line.quantity_units)} t of {line.serial}"
            for line in self.lines[:_LINES_SHOWN]
        ]
        more = len(self.lines) - len(shown)
        if more:
            shown.append(f"{more} more, {format_tonnes(self.quantity_units)} t in all")
        receives = f" to {self.recipient}" if self.recipient else ""
        return f"{self.kind} {', '.join(shown)}{receives}"
