"""
Each scheme's own names for what this registry names otherwise, as data with their source.

Names are as the schemes' public lists write them: Verra's of 2023, the others' of 2026 (samples of OffsetsDB). What a
scheme says of several of our kinds, or of none, is mapped to None: nobody guesses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.projects.projects import ProjectStatus, ProjectType
from domain.standards.labels import Scheme


@dataclass(frozen=True)
class SchemeNames:
    """
    `project_types`, `scopes` and `statuses` are in the scheme's own words.

    A scope is a sector by its number (CDM's list, that VCS uses), and maps to its name.
    """

    name: str
    about: str
    source: str
    project_types: Mapping[str, ProjectType | None] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, ProjectStatus | None] = field(default_factory=dict)


_T, _S = ProjectType, ProjectStatus

SECTORAL_SCOPES = {
    "1": "Energy industries (renewable/non-renewable sources)",
    "2": "Energy distribution",
    "3": "Energy demand",
    "4": "Manufacturing industries",
    "5": "Chemical industry",
    "6": "Construction",
    "7": "Transport",
    "8": "Mining/mineral production",
    "9": "Metal production",
    "10": "Fugitive emissions from fuels (solid, oil and gas)",
    "11": "Fugitive emissions from production and consumption of halocarbons and sulphur hexafluoride",
    "12": "Solvents use",
    "13": "Waste handling and disposal",
    "14": "Agriculture Forestry and Other Land Use",
    "15": "Livestock and manure management",
}
"""As in the ninth field of a VCU's serial (14 of …-VER-ET-14-1340-…)."""

SCHEME_NAMES: Mapping[Scheme, SchemeNames] = {
    Scheme.VCS: SchemeNames(
        "Verified Carbon Standard",
        "Verra's programme.",
        "https://registry.verra.org/app/search/VCS",
        project_types={
            "Agriculture Forestry and Other Land Use": None,
            "Chemical industry": _T.INDUSTRIAL_GASES,
            "Construction": None,
            "Energy demand": _T.ENERGY_EFFICIENCY,
            "Energy distribution": None,
            "Energy industries (renewable/non-renewable sources)": None,
            "Fugitive emissions from fuels (solid, oil and gas)": _T.METHANE_CAPTURE,
            "Fugitive emissions from production and consumption of halocarbons and sulphur hexafluoride": (
                _T.INDUSTRIAL_GASES
            ),
            "Livestock, enteric fermentation, and manure management": None,
            "Manufacturing industries": None,
            "Metal production": None,
            "Mining/mineral production": _T.METHANE_CAPTURE,
            "Transport": None,
            "Waste handling and disposal": _T.WASTE_MANAGEMENT,
            "ALM": _T.SOIL_CARBON,
            "ARR": _T.REFORESTATION,
            "REDD": _T.FOREST_CONSERVATION,
            "ACoGS": None,
            "IFM": _T.IMPROVED_FOREST_MANAGEMENT,
            "WRC": _T.BLUE_CARBON,
        },
        scopes=SECTORAL_SCOPES,
        statuses={
            "Under development": _S.PENDING,
            "Under validation": _S.PENDING,
            "Registration requested": _S.PENDING,
            "Registration and verification approval requested": _S.PENDING,
            "Registered": _S.VERIFIED,
            "Crediting Period Renewal Requested": _S.VERIFIED,
            "Crediting Period Renewal and Verification Approval Requested": _S.VERIFIED,
            "Units Transferred from Approved GHG Program": None,
            "On Hold": None,
            "Inactive": None,
            "Withdrawn": _S.WITHDRAWN,
            "Rejected by Administrator": _S.REJECTED,
        },
    ),
    Scheme.GOLD_STANDARD: SchemeNames(
        "Gold Standard",
        "Gold Standard for the Global Goals.",
        "https://registry.goldstandard.org/projects",
        project_types={
            "A/R": _T.REFORESTATION,
            "Biogas - Heat": _T.METHANE_CAPTURE,
            "Energy Efficiency - Domestic": _T.COOKSTOVES,
            "Energy Efficiency - Industrial": _T.ENERGY_EFFICIENCY,
            "Energy Efficiency - Transport Sector": _T.ENERGY_EFFICIENCY,
            "PV": _T.RENEWABLE_ENERGY,
            "Wind": _T.RENEWABLE_ENERGY,
            "Other": None,
        },
        statuses={
            "Listed": _S.PENDING,
            "Gold Standard Certified Design": _S.VERIFIED,
            "Gold Standard Certified Project": _S.VERIFIED,
        },
    ),
    Scheme.ISO_14064_2: SchemeNames(
        "ISO 14064-2",
        "How the project quantifies, monitors and reports its reductions or removals.",
        "https://www.iso.org/standard/66454.html",
    ),
    Scheme.ISO_14064_3: SchemeNames(
        "ISO 14064-3",
        "How its statements were validated and verified.",
        "https://www.iso.org/standard/66455.html",
    ),
    Scheme.ISOMETRIC: SchemeNames(
        "Isometric",
        "The Isometric Standard.",
        "https://registry.isometric.com/projects",
        statuses={
            "under_validation": _S.PENDING,
            "validated": _S.VERIFIED,
            "validation_unsuccessful": _S.REJECTED,
            "cancelled": _S.WITHDRAWN,
        },
    ),
    Scheme.PURO: SchemeNames(
        "Puro Standard",
        "Puro.earth's programme of removals.",
        "https://registry.puro.earth/carbon-sequestration",
        project_types={
            "Biochar": _T.BIOCHAR,
            "Enhanced Rock Weathering": _T.ENHANCED_WEATHERING,
        },
    ),
    Scheme.CORSIA: SchemeNames(
        "CORSIA eligible",
        "Units that airlines may cancel under CORSIA, by programme, phase and vintage.",
        "https://www.icao.int/environmental-protection/CORSIA/Pages/CORSIA-Emissions-Units.aspx",
    ),
    Scheme.CCP: SchemeNames(
        "CCP-approved",
        "The Core Carbon Principles' label, of a programme's category of methodologies.",
        "https://icvcm.org/assessment-status/",
    ),
    Scheme.SDG: SchemeNames(
        "Sustainable Development Goals",
        "Goals of the United Nations to which the project contributes.",
        "https://sdgs.un.org/goals",
    ),
}
