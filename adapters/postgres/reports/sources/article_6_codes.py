"""
What codes of ours are called in the agreed electronic format, as SQL over `a` (authorisations) and `p` (projects).

Source: the common nomenclatures of decision 6/CMA.4, and the second iteration of the tables (CMA 6).
"""

from collections.abc import Sequence

METRIC = "'GHG'::text"
REGISTRY_ID = "'KRB'::text"
"""Of the underlying registry: what our serials begin with."""

SECTORS = {
    "LULUCF": ("forest_conservation", "reforestation", "improved_forest_management", "blue_carbon"),
    "Agriculture": ("soil_carbon", "biochar", "enhanced_weathering"),
    "Energy": ("renewable_energy", "energy_efficiency", "cookstoves"),
    "Waste": ("methane_capture", "waste_management"),
    "IPPU": ("industrial_gases",),
}
"""As the common nomenclatures name them; what is in none of these is "Other"."""

REMOVALS = (
    *("reforestation", "soil_carbon", "blue_carbon", "biochar", "direct_air_capture"),
    *("enhanced_weathering", "ocean_alkalinity_enhancement"),
)


def _listed(values: Sequence[str]) -> str:
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


SECTOR = (
    "CASE "
    + " ".join(f"WHEN p.type IN {_listed(types)} THEN '{name}'" for name, types in SECTORS.items())
    + " ELSE 'Other' END"
)
MITIGATION = f"CASE WHEN p.type IN {_listed(REMOVALS)} THEN 'Removal' ELSE 'Emission reduction' END"
PURPOSES = "CASE WHEN a.uses = '{ndc}' THEN 'NDC' WHEN 'ndc' = ANY (a.uses) THEN 'NDC and OIMP' ELSE 'OIMP' END"
OIMP = (
    "CASE WHEN a.uses = '{ndc}' THEN 'NA' WHEN NOT 'international' = ANY (a.uses) THEN 'OP'"
    " WHEN 'other_purposes' = ANY (a.uses) THEN 'IMP; OP' ELSE 'IMP' END"
)
FIRST_TRANSFER = (
    "CASE a.first_transfer WHEN 'authorisation' THEN 'Authorization' WHEN 'issuance' THEN 'Issuance'"
    " WHEN 'use_or_cancellation' THEN 'Use or cancellation' ELSE 'NA' END"
)
