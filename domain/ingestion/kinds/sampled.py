"""What laboratories and operators write down: samples, and what was done in a period."""

from decimal import Decimal

from domain.ingestion.kinds.fields import (
    FieldType,
    IngestedKind,
    ModelField,
    RecordModel,
    choice,
    day,
    degrees,
    text,
)

PATHWAYS = (
    "ocean_alkalinity",
    "forestry",
    "biochar",
    "enhanced_weathering",
    "cook_stoves",
    "landfill_gas",
    "renewable_energy",
)
"""Names of the pathways that have an extension schema (kinds.pathways)."""

ACTIVITY_FIELDS = (
    text("projectId", "The project's identifier at its registry.", required=True),
    text(
        "activityId",
        "The batch, delivery, plot or device; the same one in every file.",
        required=True,
    ),
    day("periodStart", "First day of what was done.", required=True),
    day("periodEnd", "Last day of it."),
)
"""What every activity has, whatever its pathway."""

PLACED = (
    degrees("latitude", 90, "Degrees north, WGS 84."),
    degrees("longitude", 180, "Degrees east, WGS 84."),
    text("evidence", "Number of a document, delivery note or picture that shows it."),
)

SAMPLED = (
    RecordModel(
        IngestedKind.LABORATORY_SAMPLE,
        "Result of a laboratory",
        "One quantity of one sample, as a laboratory reports it.",
        (
            text("sampleId", "The sample's number, as on its label.", required=True),
            text("laboratory", "Who analysed it.", required=True),
            ModelField(
                "sampledAt",
                FieldType.MOMENT,
                "When it was taken, with its zone.",
                required=True,
                minimum=Decimal(1990),
                maximum=Decimal(2100),
            ),
            day("analysedOn", "When it was analysed."),
            text("quantity", "What was determined, as `total alkalinity`.", required=True),
            ModelField("value", FieldType.NUMBER, "The result, in `unit`.", required=True),
            text("unit", "Its unit, or the scale of a pH (pH_T, pH_NBS, pH_F).", required=True),
            ModelField(
                "uncertainty",
                FieldType.NUMBER,
                "Standard uncertainty, in `unit`.",
                minimum=Decimal(0),
            ),
            ModelField(
                "detectionLimit",
                FieldType.NUMBER,
                "In `unit`; values below it are none.",
                minimum=Decimal(0),
            ),
            text("method", "Method or standard, as `ISO 22719`."),
            text("accreditation", "Number of the laboratory's accreditation (ISO/IEC 17025)."),
            text("referenceMaterial", "Certified reference material, with its batch."),
            text("qualityFlag", "The laboratory's own flag."),
            text("place", "Where it was taken."),
            degrees("latitude", 90, "Degrees north, WGS 84."),
            degrees("longitude", 180, "Degrees east, WGS 84."),
            ModelField("depth", FieldType.NUMBER, "Metres below the surface.", unit="metre"),
        ),
        format_id="laboratory-samples",
    ),
    RecordModel(
        IngestedKind.ACTIVITY,
        "Activity of a project",
        "What was done, burnt, spread or generated in a period, as one quantity.",
        (
            *ACTIVITY_FIELDS,
            choice("pathway", "The pathway, where it has an extension schema.", *PATHWAYS),
            text("quantity", "What is counted, as `net electricity`."),
            ModelField("value", FieldType.NUMBER, "How much, in `unit`."),
            text("unit", "Its unit."),
            ModelField(
                "uncertainty",
                FieldType.NUMBER,
                "Standard uncertainty, in `unit`.",
                minimum=Decimal(0),
            ),
            *PLACED,
        ),
        format_id="activity-data",
    ),
)
