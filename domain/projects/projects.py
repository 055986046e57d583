"""A project: what it is, the states it passes through, and what may be said about it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.errors import AlreadyDecided, Fault, Invalid
from domain.quantities import format_tonnes

TITLE_LENGTH_MAX = 200
DESCRIPTION_LENGTH_MAX = 10_000
LOCATION_LENGTH_MAX = 255
START_DATE_MIN = date(1990, 1, 1)
"""
The base year of the UNFCCC and of the Kyoto Protocol: no registry credits what was done before it.

The earliest crediting period that Verra lists began in 1999.
"""
START_YEARS_AHEAD_MAX = 10
"""A project may be planned this long; Verra's are registered within two to five years of their start."""
CREDITING_YEARS_MAX = 100
"""The longest crediting period of the VCS Standard (4.7, section 3.9), of land-use projects."""


class ProjectType(StrEnum):
    """What a project does; the seed names the first three and leaves the list open."""

    FOREST_CONSERVATION = "forest_conservation"
    RENEWABLE_ENERGY = "renewable_energy"
    ENERGY_EFFICIENCY = "energy_efficiency"
    REFORESTATION = "reforestation"
    IMPROVED_FOREST_MANAGEMENT = "improved_forest_management"
    SOIL_CARBON = "soil_carbon"
    BLUE_CARBON = "blue_carbon"
    BIOCHAR = "biochar"
    COOKSTOVES = "cookstoves"
    METHANE_CAPTURE = "methane_capture"
    WASTE_MANAGEMENT = "waste_management"
    INDUSTRIAL_GASES = "industrial_gases"
    DIRECT_AIR_CAPTURE = "direct_air_capture"
    ENHANCED_WEATHERING = "enhanced_weathering"
    OCEAN_ALKALINITY_ENHANCEMENT = "ocean_alkalinity_enhancement"
    OTHER = "other"


class ProjectStatus(StrEnum):
    PENDING = "pending"
    VERIFIED = "verified"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Coordinates:
    """WGS 84 degrees, as decimal text with at most six decimals, so that nothing is rounded."""

    latitude: str
    longitude: str


@dataclass(frozen=True)
class Project:
    """
    `emissions_target_units` is in units of 0.01 t CO2e; `country` is ISO 3166-1 alpha-3.

    Its crediting period goes from `start_date` to `crediting_period_ends`, that day included; None: as
    long as any (`crediting_period_end`).
    """

    id: UUID
    developer_id: UUID
    title: str
    type: ProjectType
    description: str
    location: str
    country: str
    coordinates: Coordinates
    emissions_target_units: int
    start_date: date
    status: ProjectStatus
    created_at: datetime
    updated_at: datetime
    number: int | None = None
    crediting_period_ends: date | None = None

    @property
    def crediting_period_end(self) -> date:
        """The last day for which credits may be issued."""
        return self.crediting_period_ends or crediting_period_end_max(self.start_date)


def crediting_period_end_max(start_date: date, *, years: int = CREDITING_YEARS_MAX) -> date:
    """
    The last day of a crediting period of so many years; of one that the calendar cannot hold, its last day.

    What began before `START_DATE_MIN`, when nobody asked, is credited from that day on.
    """
    start_date = max(start_date, START_DATE_MIN)
    year = start_date.year + years
    if year > date.max.year:
        return date.max
    # Of 29 February, the anniversary in a year without one is the 28th, as PostgreSQL has it too.
    try:
        anniversary = start_date.replace(year=year)
    except ValueError:
        anniversary = date(year, 2, 28)
    return anniversary - timedelta(days=1)


def require_crediting_period(start_date: date, ends: date | None) -> None:
    """
    Raises:
        Invalid: it ends before it begins, or is longer than `CREDITING_YEARS_MAX`.
    """
    last = crediting_period_end_max(start_date)
    if ends is not None and not start_date <= ends <= last:
        detail = f"Crediting period end must be from {start_date} to {last}"
        raise Invalid(detail, Fault("/creditingPeriodEnd", detail))


def start_date_max(today: date) -> date:
    """The last day that a project may say it begins on; of 29 February, the 28th."""
    year = today.year + START_YEARS_AHEAD_MAX
    try:
        return today.replace(year=year)
    except ValueError:
        return today.replace(year=year, day=28)


def require_start_date(start_date: date, *, today: date, noun: str = "Start date") -> None:
    """
    Raises:
        Invalid: before 1990, or more than ten years from now; the sentence says both bounds.
    """
    last = start_date_max(today)
    if not START_DATE_MIN <= start_date <= last:
        detail = f"{noun} must be from {START_DATE_MIN} to {last}"
        raise Invalid(detail, Fault("/startDate", detail))


def settle_status(project: Project, status: ProjectStatus, *, at: datetime) -> Project:
    """
    Make a pending project verified, rejected or withdrawn; the end of its first verification is the only cause.

    Raises:
        AlreadyDecided: the project is no longer pending.
    """
    if project.status is not ProjectStatus.PENDING:
        raise AlreadyDecided(f"This project is already {project.status}.")
    return replace(project, status=status, updated_at=at)


def reopen(project: Project, *, at: datetime) -> Project:
    """
    A rejected or withdrawn project is pending again, because its first verification is resubmitted (ADR 0076).

    Raises:
        AlreadyDecided: it is verified.
    """
    if project.status is ProjectStatus.VERIFIED:
        raise AlreadyDecided(f"This project is already {project.status}.")
    return replace(project, status=ProjectStatus.PENDING, updated_at=at)


def signed_facts(project: Project) -> dict[str, object]:
    """The project data that a sign-off is bound to, in the shape of the HTTP contract."""
    return {
        "id": str(project.id),
        "title": project.title,
        "type": project.type.value,
        "description": project.description,
        "location": project.location,
        "country": project.country,
        "coordinates": {
            "latitude": project.coordinates.latitude,
            "longitude": project.coordinates.longitude,
        },
        "emissionsTarget": format_tonnes(project.emissions_target_units),
        "startDate": project.start_date.isoformat(),
    }
