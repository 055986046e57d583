"""
Three methodologies that a laptop's registry begins with.

Names, standards and versions are those that their standards publish; what else a version says here is
enough to show what a version says, and no copy of it. They are valid here from a day of ours.
"""

from datetime import UTC, date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.methodologies import PostgresMethodologies
from domain.identifiers import derived_id
from domain.projects.assurance.methodologies import (
    Methodology,
    MethodologyVersion,
    QuantificationParameter,
    VersionTerms,
)
from domain.projects.documents import DocumentType
from domain.projects.projects import ProjectType

VALID_FROM = date(2020, 1, 1)


def _version(
    facts: tuple[str, str, str],
    version: str,
    project_types: tuple[ProjectType, ...],
    parameters: tuple[QuantificationParameter, ...],
    *,
    documents: tuple[DocumentType, ...] = (),
    years: tuple[int | None, int | None] = (None, None),
    requires_statement: bool = False,
) -> MethodologyVersion:
    """`facts` are name, standard and sector, `years` those of crediting period and durability."""
    name, standard, sector = facts
    methodology = Methodology(uuid5(NAMESPACE_URL, f"{standard}/{name}"), name, standard, sector)
    terms = VersionTerms(
        version=version,
        project_types=project_types,
        required_document_types=documents,
        parameters=parameters,
        crediting_period_years=years[0],
        durability_years=years[1],
        requires_statement=requires_statement,
        requires_checklist=False,
        valid_from=VALID_FROM,
    )
    return MethodologyVersion(
        derived_id(methodology.id, f"version/{version.casefold()}"), methodology, terms
    )


OCEAN_ALKALINITY = _version(
    (
        "Ocean Alkalinity Enhancement from Coastal Outfalls",
        "Isometric",
        "Ocean carbon removal and storage",
    ),
    "1.0",
    (ProjectType.OCEAN_ALKALINITY_ENHANCEMENT,),
    (
        QuantificationParameter(
            "Alkalinity added", "mol", "Dissolved at the outfall, by dosing records and samples."
        ),
        QuantificationParameter(
            "CO2 uptake efficiency", "mol/mol", "Taken up from the air for each mole, by a model."
        ),
    ),
    years=(None, 10_000),
    requires_statement=True,
)
REVEGETATION = _version(
    (
        "VM0047 Afforestation, Reforestation, and Revegetation",
        "Verra VCS",
        "Agriculture, Forestry and Other Land Use",
    ),
    "1.0",
    (ProjectType.REFORESTATION,),
    (
        QuantificationParameter("Above-ground biomass", "t/ha", "Of sample plots, each year."),
        QuantificationParameter("Performance benchmark", "1", "Growth without the project."),
    ),
    documents=(DocumentType.BASELINE_ASSESSMENT, DocumentType.LAND_TITLE),
    years=(100, 40),
    requires_statement=True,
)
LANDFILL_GAS = _version(
    ("ACM0001 Flaring or use of landfill gas", "UNFCCC CDM", "Waste handling and disposal"),
    "19.0",
    (ProjectType.METHANE_CAPTURE, ProjectType.WASTE_MANAGEMENT),
    (QuantificationParameter("Methane destroyed", "t", "Sent to the flare, by flow and share."),),
    years=(21, None),
)


async def seed_methodologies(connection: AsyncConnection, *, recorded_by: UUID) -> None:
    """Add those that are not there yet."""
    kept, at = PostgresMethodologies(connection), datetime.now(UTC)
    for version in (OCEAN_ALKALINITY, REVEGETATION, LANDFILL_GAS):
        await kept.add(version.methodology, at, recorded_by=recorded_by)
        await kept.add_version(version, at, recorded_by=recorded_by)
