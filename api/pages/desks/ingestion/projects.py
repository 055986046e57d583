"""Projects whose monitoring data a file may be."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request

from adapters.postgres.projects.reads import projects as reads
from adapters.postgres.projects.reads.projects import ProjectFilter
from adapters.postgres.queries import PageRequest
from api.http.resources import reading
from domain.accounts.roles import Account

SHOWN = 100


async def own_projects(
    request: Request, account: Account, typed: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Those that the account works on, the newest first, and the one that is chosen; id and title."""
    chosen = project_id_of(typed.get("project", ""))
    async with reading(request) as connection:
        page = PageRequest(SHOWN)
        found = page.shown(
            await reads.projects_page(connection, ProjectFilter(), page, account=account)
        )
        asked = await reads.project(connection, chosen, account=account) if chosen else None
    if asked is not None and asked.project.id not in {one.project.id for one in found}:
        found = [asked, *found]
    return [(str(one.project.id), one.project.title) for one in found]


def project_id_of(typed: str) -> UUID | None:
    """None where it is the id of nothing."""
    try:
        return UUID(typed)
    except ValueError:
        return None
