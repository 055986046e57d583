"""
The tool that points for a project's risk of reversal are given by, declared as data.

Source: the shape (internal, external and natural risk, the most that each may be, the floor of 10 and the end at 60)
is that of the AFOLU Non-Permanence Risk Tool (VCS), 4.2; the points of each factor are this registry's own (ADR 0100).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class RiskCategory(StrEnum):
    """
    internal  what the supplier does and can
    external  what others around the project do
    natural   what happens to carbon in the open
    """

    INTERNAL = "internal"
    EXTERNAL = "external"
    NATURAL = "natural"


class RiskFactor(StrEnum):
    PROJECT_MANAGEMENT = "project_management"
    FINANCIAL_VIABILITY = "financial_viability"
    OPPORTUNITY_COST = "opportunity_cost"
    PROJECT_LONGEVITY = "project_longevity"
    LAND_TENURE = "land_tenure"
    COMMUNITY_ENGAGEMENT = "community_engagement"
    POLITICAL_RISK = "political_risk"
    FIRE = "fire"
    PEST_AND_DISEASE = "pest_and_disease"
    EXTREME_WEATHER = "extreme_weather"
    GEOLOGICAL_RISK = "geological_risk"


@dataclass(frozen=True)
class FactorRule:
    """Points from 0, for no risk, to `score_max`; `sentence` says what is looked at."""

    category: RiskCategory
    score_max: int
    sentence: str


@dataclass(frozen=True)
class ShareBand:
    """`percent` of each issuance goes into the buffer up to this total."""

    total_max: int
    percent: int


@dataclass(frozen=True)
class RiskTool:
    """What scores are given by. A project above `category_max` of a category, or above the last band, is not taken."""

    name: str
    version: str
    source: str
    factors: Mapping[RiskFactor, FactorRule]
    category_max: Mapping[RiskCategory, int]
    bands: tuple[ShareBand, ...]

    @property
    def total_max(self) -> int:
        return self.bands[-1].total_max

    def percent(self, total: int) -> int:
        """By the table; the first band is the floor."""
        return next(band.percent for band in self.bands if total <= band.total_max)


_INTERNAL, _EXTERNAL, _NATURAL = RiskCategory

TOOL = RiskTool(
    name="Karbonica reversal risk tool",
    version="1",
    source="Categories, limits and floor as in the AFOLU Non-Permanence Risk Tool (VCS), version 4.2; the points of "
    "each factor are the registry's own.",
    factors={
        RiskFactor.PROJECT_MANAGEMENT: FactorRule(
            _INTERNAL, 6, "Experience of those who manage it, and what is planned against losses."
        ),
        RiskFactor.FINANCIAL_VIABILITY: FactorRule(
            _INTERNAL, 6, "Years until it pays for itself, and funding that is secured."
        ),
        RiskFactor.OPPORTUNITY_COST: FactorRule(
            _INTERNAL, 8, "What another use of the land would earn beside this one."
        ),
        RiskFactor.PROJECT_LONGEVITY: FactorRule(
            _INTERNAL, 24, "For how many years the carbon is kept, and whether a contract says so."
        ),
        RiskFactor.LAND_TENURE: FactorRule(
            _EXTERNAL, 10, "Who owns land and carbon, and disputes about either."
        ),
        RiskFactor.COMMUNITY_ENGAGEMENT: FactorRule(
            _EXTERNAL, 10, "Whether the people who depend on the place were asked, and gain."
        ),
        RiskFactor.POLITICAL_RISK: FactorRule(_EXTERNAL, 6, "How the country is governed."),
        RiskFactor.FIRE: FactorRule(
            _NATURAL, 30, "How often, how much of the stock, and what is done against it."
        ),
        RiskFactor.PEST_AND_DISEASE: FactorRule(
            _NATURAL, 30, "How often, how much of the stock, and what is done against it."
        ),
        RiskFactor.EXTREME_WEATHER: FactorRule(
            _NATURAL,
            30,
            "Storms, droughts, floods and rising seas: how often, and how much of the stock.",
        ),
        RiskFactor.GEOLOGICAL_RISK: FactorRule(
            _NATURAL, 30, "Eruptions, quakes and slides: how often, and how much of the stock."
        ),
    },
    category_max={_INTERNAL: 35, _EXTERNAL: 20, _NATURAL: 35},
    bands=tuple(ShareBand(total, total) for total in range(10, 61, 5)),
)
"""The tool that assessments are made with now. A change of it is another version; stored ones keep theirs."""
