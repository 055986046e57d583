"""
Extension schemas: what each pathway adds to an activity's minimum (kinds.sampled.ACTIVITY_FIELDS).

One row is one batch, delivery, plot, device or meter in one period. A field is added in a new minor version of
its pathway's schema; a field that changes its meaning is a new major one. Each unit is the field's own: a file
whose numbers are in another one needs a format that says which, and is converted.
"""

from collections.abc import Mapping
from decimal import Decimal

from domain.ingestion.kinds.fields import (
    FieldType,
    IngestedKind,
    ModelField,
    RecordModel,
    choice,
    day,
    measured,
    text,
)
from domain.ingestion.kinds.sampled import ACTIVITY_FIELDS, PLACED


def _percent(name: str, description: str, *, required: bool = False) -> ModelField:
    return measured(name, "percent", description, required=required, high=100)


_EXTENSIONS: Mapping[str, tuple[str, str, tuple[ModelField, ...]]] = {
    "ocean_alkalinity": (
        "Ocean alkalinity enhancement",
        "One addition of alkaline material to sea water.",
        (
            text("feedstock", "What was added, as `Mg(OH)2` or `NaOH`.", required=True),
            measured("feedstockMass", "kg", "Mass that was added, dry.", required=True),
            measured(
                "alkalinityPerMass", "mol/kg", "Alkalinity of a kilogram of it.", required=True
            ),
            _percent("purity", "Share of the alkaline mineral in the mass."),
            measured("medianGrainSize", "micrometre", "Median diameter of its grains."),
            measured("receivingFlow", "m**3/hour", "Flow of the water that it was added to."),
            measured("dissolvedShare", "percent", "Share that dissolved in the period.", high=100),
            measured("transportEmissions", "tCO2e", "Of bringing it there."),
            measured("productionEmissions", "tCO2e", "Of making it."),
        ),
    ),
    "forestry": (
        "Forestry",
        "One plot of an inventory, or one tree of it.",
        (
            text("stratum", "The stratum that the plot stands for.", required=True),
            measured("plotArea", "hectare", "Area of the plot, level.", required=True),
            text("species", "Scientific name."),
            text("treeId", "Number of the tree, where rows are trees."),
            measured("diameter", "cm", "At breast height, 1.3 m.", high=1500),
            measured("height", "metre", "Of the tree.", high=130),
            measured("stems", "1/hectare", "Stems of a hectare, where rows are plots."),
            measured("biomass", "t/hectare", "Dry matter above ground, where rows are plots."),
            measured(
                "carbonFraction", "percent", "Carbon in dry matter (IPCC 2006: 47).", high=100
            ),
            measured("woodDensity", "kg/m**3", "Basic density.", high=1500),
            choice(
                "disturbance", "What happened to it.", "none", "fire", "harvest", "pest", "storm"
            ),
        ),
    ),
    "biochar": (
        "Biochar",
        "One batch, from its feedstock to where it is stored.",
        (
            text("feedstock", "What it was made of.", required=True),
            measured("dryMass", "t", "Mass of the biochar, dry.", required=True),
            _percent("organicCarbon", "Organic carbon of the dry mass.", required=True),
            ModelField(
                "hydrogenToCarbon",
                FieldType.NUMBER,
                "Molar ratio of hydrogen to organic carbon; above 0.7 it is no biochar (EBC).",
                required=True,
                minimum=Decimal(0),
            ),
            measured("pyrolysisTemperature", "degC", "Highest temperature.", high=1500),
            measured(
                "soilTemperature", "degC", "Mean of the year, where it is stored.", low=-30, high=50
            ),
            choice(
                "use", "Where it is stored.", "soil", "concrete", "asphalt", "other", required=True
            ),
            day("storedOn", "When it was brought there."),
            measured("processEmissions", "tCO2e", "Of making and bringing it."),
        ),
    ),
    "enhanced_weathering": (
        "Enhanced rock weathering",
        "One spreading of rock on one field.",
        (
            text("rock", "Kind of rock, as `basalt`.", required=True),
            measured("rockMass", "t", "Mass that was spread, dry.", required=True),
            measured("area", "hectare", "Area that it was spread on.", required=True),
            _percent("calciumOxide", "CaO of the dry mass.", required=True),
            _percent("magnesiumOxide", "MgO of the dry mass.", required=True),
            measured("grainSize80", "micrometre", "Diameter that 80 % of the mass is below."),
            measured("surfaceArea", "m**2/g", "Specific surface (BET)."),
            _percent("moisture", "Water of the mass as it was delivered."),
            text("crop", "What grows there."),
            measured("transportEmissions", "tCO2e", "Of bringing it there."),
            measured("grindingEmissions", "tCO2e", "Of grinding it."),
        ),
    ),
    "cook_stoves": (
        "Cook stoves",
        "One stove, or stoves of one kind, in one period.",
        (
            text("stoveType", "Model of the stove.", required=True),
            choice(
                "fuel",
                "What it burns.",
                "wood",
                "charcoal",
                "pellets",
                "ethanol",
                "lpg",
                "biogas",
                "electricity",
                required=True,
            ),
            day("installedOn", "When it was handed over.", required=True),
            ModelField(
                "stoves",
                FieldType.INTEGER,
                "How many the row stands for.",
                required=True,
                minimum=Decimal(0),
            ),
            _percent("usageRate", "Share of them in use."),
            measured("fuelUse", "kg/day", "Fuel of a stove and a day."),
            measured("electricityUse", "kWh/day", "Electricity of a stove and a day."),
            _percent("thermalEfficiency", "By its test (ISO 19867-1)."),
            _percent("nonRenewableShare", "Share of the wood that does not grow again (fNRB)."),
            text("performanceTest", "Protocol, as `WBT` or `KPT`."),
        ),
    ),
    "landfill_gas": (
        "Landfill gas",
        "Gas that was destroyed or used, by one device.",
        (
            text("device", "Flare, engine or upgrading plant.", required=True),
            measured(
                "gasVolume", "m**3", "Landfill gas at 0 °C and 101.325 kPa, dry.", required=True
            ),
            _percent("methaneFraction", "Methane of the volume.", required=True),
            measured("flareTemperature", "degC", "Mean while it burnt.", high=2000),
            measured("operatingHours", "hour", "Hours that it burnt in the period."),
            _percent("destructionEfficiency", "Of the device, as tested or by default."),
            _percent("oxidationFactor", "What the cover would have oxidised (IPCC 2006: 10)."),
            measured("electricityImported", "MWh", "From the grid."),
            text("meterSerial", "Serial number of the gas meter."),
        ),
    ),
    "renewable_energy": (
        "Renewable energy",
        "Electricity of one plant or meter in one period.",
        (
            choice(
                "technology",
                "What generates it.",
                "solar",
                "wind",
                "hydro",
                "geothermal",
                "biomass",
                "tidal",
                required=True,
            ),
            measured(
                "netGeneration", "MWh", "Fed into the grid, less what was taken.", required=True
            ),
            measured("grossGeneration", "MWh", "At the generator."),
            measured("electricityImported", "MWh", "From the grid."),
            measured("capacity", "MW", "Installed."),
            ModelField(
                "gridEmissionFactor",
                FieldType.NUMBER,
                "Of the grid, combined margin.",
                unit="tCO2e/MWh",
                minimum=Decimal(0),
            ),
            text("meterSerial", "Serial number of the meter."),
            day("calibratedOn", "Last calibration of the meter."),
        ),
    ),
}

EXTENSIONS: Mapping[str, RecordModel] = {
    name: RecordModel(
        IngestedKind.ACTIVITY,
        f"{title}: activity",
        description,
        (*ACTIVITY_FIELDS, *fields, *PLACED),
        format_id=name.replace("_", "-"),
        version="1.0",
    )
    for name, (title, description, fields) in _EXTENSIONS.items()
}
"""By the pathway's name."""
