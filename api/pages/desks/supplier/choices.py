"""What a supplier's forms let choose."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request

from adapters.postgres.projects.reads.methodologies import choosable_versions, versions_by_id
from api.http.resources import reading, resources
from api.pages.parts.labels import word
from domain.projects.projects import ProjectType


async def methodology_choices(
    request: Request, typed: Mapping[str, str], kept_id: UUID | None = None
) -> list[tuple[str, str]]:
    """
    What a round that is opened today may be verified by, of the type that was chosen; withdrawn versions are not there.

    `kept_id` is what the round has: it may keep that, whatever became of it.
    """
    kind = typed.get("type", "")
    async with reading(request) as connection:
        versions = list(
            await choosable_versions(
                connection,
                on=resources(request).clock.now().date(),
                project_type=ProjectType(kind) if kind in list(ProjectType) else None,
            )
        )
        if kept_id is not None and all(one.id != kept_id for one in versions):
            versions += (await versions_by_id(connection, [kept_id])).values()
    return [(str(one.id), f"{one.title} ({one.methodology.standard})") for one in versions]


def types_named() -> list[tuple[str, str]]:
    """What is sent and what is read, in the order of the words."""
    return sorted(((one.value, word(one.value)) for one in ProjectType), key=lambda one: one[1])
