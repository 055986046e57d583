"""A check of the whole ledger: the sum, and every difference that was found, as a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.chain.alerts import AlertCondition, AlertKind
from domain.credits.ledger import Conservation
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
    ORIGIN = "origin"
    STATUS = "status"
    OWNER = "owner"
    RETIREMENT = "retirement"
    COVERING = "covering"
    PROJECT = "project"


@dataclass(frozen=True)
class Difference:
    """
    Something that does not add up.

    `subject` is what it is about: a serial, a transaction, or the name of a sum. `first` and `last`
    are unit numbers; of a sum they are the units issued and the units accounted for, of a retirement
    and a covering the two quantities. `subject` of a status says both; `first` of a project is its number.
    """

    kind: DifferenceKind
    subject: str
    first: int
    last: int

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.kind].format(
            subject=self.subject,
            first=self.first,
            last=self.last,
            first_tonnes=format_tonnes(self.first),
            last_tonnes=format_tonnes(self.last),
        )


_SENTENCES = {
    DifferenceKind.SUM: (
        "{subject}: {first_tonnes} t were issued, {last_tonnes} t are accounted for."
    ),
    DifferenceKind.LOST: "Units {first} to {last} were issued and are in no entry.",
    DifferenceKind.NEVER_ISSUED: "Units {first} to {last} are in an entry and were never issued.",
    DifferenceKind.SHARED: "Units {first} to {last} are in {subject}, both.",
    DifferenceKind.CHILDREN: "The children of {subject} do not tile it.",
    DifferenceKind.TRANSACTION: "The transaction {subject} says other units than its entry holds.",
    DifferenceKind.ORIGIN: "{subject} came from no transaction.",
    DifferenceKind.STATUS: "{subject}.",
    DifferenceKind.OWNER: "{subject} belongs to somebody else than its transactions say.",
    DifferenceKind.RETIREMENT: (
        "The retirement {subject} is of {first_tonnes} t, its lines of {last_tonnes} t."
    ),
    DifferenceKind.COVERING: (
        "Of the retirement {subject} {first_tonnes} t are touched, and {last_tonnes} t stand for them."
    ),
    DifferenceKind.PROJECT: "{subject} is of project {first}.",
}


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

    @property
    def troubles(self) -> Sequence[AlertCondition]:
        """One for the whole ledger, however much differs: it is mended as a whole."""
        if self.holds:
            return ()
        more = len(self.differences) - 1
        sentence = f"The ledger does not add up. {self.sentences[0]}"
        if more:
            at_least = "at least " if len(self.differences) >= DIFFERENCES_MAX else ""
            sentence += f" Differences besides this one: {at_least}{more}."
        return (AlertCondition(AlertKind.LEDGER_DIFFERENCE, "ledger", sentence),)
