"""What was worked out of a round's monitoring data, as its approval sees it (ADR 0104)."""

from dataclasses import dataclass

from domain.projects.verification import VintageQuantity, vintages_document
from domain.quantities import format_tonnes


@dataclass(frozen=True)
class QuantifiedRound:
    """
    The newest quantification of a round: `vintages` in units of 0.01 t CO2e.

    `sha256` (hex) is that of its result, which names inputs, formula and tonnes.
    """

    sha256: str
    vintages: tuple[VintageQuantity, ...]

    def is_exceeded_by(self, approved: tuple[VintageQuantity, ...]) -> bool:
        """Whether more is approved of some year than was worked out for it."""
        quantified = {one.vintage: one.quantity_units for one in self.vintages}
        return any(one.quantity_units > quantified.get(one.vintage, 0) for one in approved)


def above_quantified_words(
    quantified: QuantifiedRound, approved: tuple[VintageQuantity, ...]
) -> str:
    """As the public reads it, year by year; quantities in t of CO2e."""
    worked_out = vintages_document(quantified.vintages)
    return "; ".join(
        f"{format_tonnes(one.quantity_units)} t of {one.vintage} are more than the "
        f"{format_tonnes(worked_out.get(str(one.vintage), 0))} t that follow from the monitoring data"
        for one in approved
        if one.quantity_units > worked_out.get(str(one.vintage), 0)
    )
