"""A check of the whole ledger: the sum, and every difference that was found, as a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.chain.alerts import AlertCondition, AlertKind
from domain.credits.checks.invariants import Difference
from domain.credits.ledger import Conservation
from domain.quantities import NUMBERING_ALERT_PERCENT, NumberingRoom, format_tonnes

DIFFERENCES_MAX = 100
"""Whoever reads more has understood that something is wrong; the rest is found again next time."""


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


def numbering_troubles(room: NumberingRoom) -> Sequence[AlertCondition]:
    """Found while there is time to go on numbering otherwise (ADR 0041)."""
    if not room.is_low:
        return ()
    sentence = (
        f"More than {NUMBERING_ALERT_PERCENT} % of the unit numbers are given or promised;"
        f" {format_tonnes(room.left_units)} t are left."
    )
    return (AlertCondition(AlertKind.NUMBERING_LOW, "numbering", sentence),)
