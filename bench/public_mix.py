"""What readers of a registry ask for: some pages often, most of them seldom, a few over and over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

from api.http.cursors import write_cursor

LIMIT = 20
SHARES: Mapping[str, int] = {
    "/": 8,
    "/projects": 8,
    "/projects/{project}": 12,
    "/retirements": 4,
    "/retirements/{retirement}": 12,
    "/api/v1/registry/projects?limit=20": 10,
    "/api/v1/registry/projects?limit=20&cursor={projects_cursor}": 8,
    "/api/v1/registry/projects/{project}": 14,
    "/api/v1/registry/retirements?limit=20&cursor={retirements_cursor}": 6,
    "/api/v1/registry/retirements/{retirement}": 8,
    "/api/v1/registry/retirements/{retirement}/certificate.json": 5,
    "/api/v1/registry/credits/{serial}/lineage": 3,
    "/api/v1/registry/conservation": 2,
}
"""In hundredths. Reads of people and of programs; what the seed's load is made of is not told, so this is a choice."""

POPULAR = 0.2
"""Exponent of Pareto's distribution by which ids are drawn: one in eight asks for the first, one in four for the first four."""

_PROJECTS = "SELECT id, created_at FROM projects ORDER BY random() LIMIT $1"
_RETIREMENTS = "SELECT id, retired_at FROM retirements ORDER BY random() LIMIT $1"
_SERIALS = "SELECT serial FROM credit_entries ORDER BY random() LIMIT $1"


@dataclass(frozen=True)
class Known:
    """What there is to ask for, in the order of how much it is asked for."""

    projects: Sequence[tuple[Any, Any]]
    retirements: Sequence[tuple[Any, Any]]
    serials: Sequence[str]

    @classmethod
    async def read(cls, connection: Any, most: int) -> "Known":
        projects = await connection.fetch(_PROJECTS, most)
        retirements = await connection.fetch(_RETIREMENTS, most)
        serials = await connection.fetch(_SERIALS, most)
        return cls(
            [(row["id"], row["created_at"]) for row in projects],
            [(row["id"], row["retired_at"]) for row in retirements],
            [row["serial"] for row in serials],
        )


def mix(known: Known, count: int, random: Random) -> list[str]:
    """So many paths in the shares above, in a random order."""
    forms = random.choices(list(SHARES), weights=list(SHARES.values()), k=count)
    return [_filled(form, known, random) for form in forms]


def _filled(form: str, known: Known, random: Random) -> str:
    # Cursors begin anywhere: programs walk through lists to their end.
    cursor_project = random.choice(known.projects)
    cursor_retirement = random.choice(known.retirements)
    return form.format(
        project=_drawn(known.projects, random)[0],
        retirement=_drawn(known.retirements, random)[0],
        serial=quote(_drawn(known.serials, random)),
        projects_cursor=write_cursor((cursor_project[1], cursor_project[0])),
        retirements_cursor=write_cursor((cursor_retirement[1], cursor_retirement[0])),
    )


def _drawn(ordered: Sequence[Any], random: Random) -> Any:
    return ordered[(int(random.paretovariate(POPULAR)) - 1) % len(ordered)]
