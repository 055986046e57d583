"""
Likely duplicates: projects that may be one and the same, registered twice (ADR 0053).

The rule says "likely" and forbids nothing: two wind farms may stand side by side, and a programme
may give many projects one title. A person looks, and says why they are two.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

from domain.errors import Fault, UnexplainedDuplicate
from domain.projects.projects import TITLE_LENGTH_MAX, Coordinates, Project
from domain.visible_text import is_blank

SAME_PLACE_METERS_MAX = 5_000
START_YEARS_APART_MAX = 5
"""
Projects have no end here yet; five years is the shortest crediting period in use (Gold Standard's).

So two projects whose starts are not further apart than this have years in common.
"""
DUPLICATES_MAX = 20
"""As many as are kept of one look: whoever reads twenty knows enough."""

EARTH_RADIUS_METERS = 6_371_008.8
"""The mean radius of WGS 84 (IUGG); an error of half a per cent moves nobody's project."""


@dataclass(frozen=True)
class LikelyDuplicate:
    """
    What one project has in common with another; of each pair there are two, one for each side.

    `explanation` is what the approval of `project_id` said of it, None until then.
    """

    project_id: UUID
    other_project_id: UUID
    same_title: bool
    same_place: bool
    distance_meters: int
    found_at: datetime
    explanation: str | None = None


def title_key(title: str) -> str:
    """
    What two titles share that are the same to a reader: at most 200 letters and digits.

    Without case, accents, spaces, punctuation and invisible characters; compatibility forms (full-width letters,
    №) count as what they stand for. A title without a letter or digit is its own key.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", title).casefold())
    kept = "".join(
        character
        for character in folded
        # Accents and optional vowel points have a combining class; vowel signs of Indic scripts,
        # without which words differ, have none.
        if unicodedata.category(character)[0] in "LMN"
        and not unicodedata.combining(character)
        and not is_blank(character)
    )
    return (kept or title.strip())[:TITLE_LENGTH_MAX]


def distance_meters(one: Coordinates, other: Coordinates) -> float:
    """Along the surface (haversine); right across the date line and at the poles too."""
    latitude, longitude = radians(float(one.latitude)), radians(float(one.longitude))
    other_latitude, other_longitude = (
        radians(float(other.latitude)),
        radians(float(other.longitude)),
    )
    half = (
        sin((other_latitude - latitude) / 2) ** 2
        + cos(latitude) * cos(other_latitude) * sin((other_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_METERS * asin(min(1.0, sqrt(half)))


def likely_duplicate(project: Project, other: Project, *, at: datetime) -> LikelyDuplicate | None:
    """
    What makes `project` look like `other`; None when nothing does.

    Either the same title to a reader, or the same type within five kilometres with starts at most
    five years apart.
    """
    apart = distance_meters(project.coordinates, other.coordinates)
    same_title = title_key(project.title) == title_key(other.title)
    same_place = (
        project.type is other.type
        and apart <= SAME_PLACE_METERS_MAX
        and _starts_near(project, other)
    )
    if not (same_title or same_place):
        return None
    return LikelyDuplicate(project.id, other.id, same_title, same_place, round(apart), at)


def mirrored(duplicate: LikelyDuplicate) -> LikelyDuplicate:
    """The same likeness, as the other project has it."""
    return LikelyDuplicate(
        duplicate.other_project_id,
        duplicate.project_id,
        duplicate.same_title,
        duplicate.same_place,
        duplicate.distance_meters,
        duplicate.found_at,
    )


def require_explained(duplicates: Sequence[LikelyDuplicate], explanation: str | None) -> None:
    """
    Raises:
        UnexplainedDuplicate: there are likely duplicates and nobody says why they are none; the
            faults name them.
    """
    if not duplicates or (explanation or "").strip():
        return
    raise UnexplainedDuplicate(
        "This project may be registered twice; say in duplicateNote why it is not: "
        + ", ".join(f"{it.other_project_id} ({_in_words(it)})" for it in duplicates)
        + ".",
        *(
            Fault("/duplicateNote", f"Say why this is not project {it.other_project_id}.")
            for it in duplicates
        ),
    )


def _in_words(duplicate: LikelyDuplicate) -> str:
    place = f"{duplicate.distance_meters:,} m away"
    if not duplicate.same_place:
        return "the same title"
    return f"the same title, {place}" if duplicate.same_title else f"the same type, {place}"


def _starts_near(project: Project, other: Project) -> bool:
    earlier, later = sorted((project.start_date, other.start_date))
    # By the calendar and without a 29 February that a year may not have.
    last = (earlier.year + START_YEARS_APART_MAX, earlier.month, earlier.day)
    return (later.year, later.month, later.day) <= last
