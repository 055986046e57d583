"""A check of the whole ledger: the sum, and every difference that was found, as a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.ledger import Conservation
from domain.quantities import format_tonnes

DIFFERENCES_MAX = 100
"""Whoever reads more has understood that something is wrong; the rest is found again next time."""


class DifferenceKind(StrEnum):
    SUM = "sum"
    LOST = "lost"
    NEVER_ISSUED = "never_issued"
    SHARED = "shared"
    CHILDREN = "children"
    TRANSACTION = "transaction"


@dataclass(frozen=True)
class Difference:
    """
    Something that does not add up.

    `subject` is what it is about: a serial, a transaction, or the name of a sum. `first` and `last`
    are unit numbers; of a sum they are the units issued and the units accounted for.
    """

    kind: DifferenceKind
    subject: str
    first: int
    last: int

    @property
    def sentence(self) -> str:
        match self.kind:
            case DifferenceKind.SUM:
                return (
                    f"{self.subject}: {format_tonnes(self.first)} t were issued, "
                    f"{format_tonnes(self.last)} t are accounted for."
                )
            case DifferenceKind.LOST:
                return f"Units {self.first} to {self.last} were issued and are in no entry."
            case DifferenceKind.NEVER_ISSUED:
                return f"Units {self.first} to {self.last} are in an entry and were never issued."
            case DifferenceKind.SHARED:
                return f"Units {self.first} to {self.last} are in {self.subject}, both."
            case DifferenceKind.CHILDREN:
                return f"The children of {self.subject} do not tile it."
            case DifferenceKind.TRANSACTION:
                return f"The transaction {self.subject} says other units than its entry holds."


@dataclass(frozen=True)
class LedgerCheck:
    """What was found at one moment. It holds when there is no difference, whatever the sum says."""

    id: UUID
    checked_at: datetime
    total: Conservation
    differences: Sequence[Difference]

    @property
    def holds(self) -> bool:
        return not self.differences

    @property
    def sentences(self) -> Sequence[str]:
        return [difference.sentence for difference in self.differences]
