"""The verification statement of a round: in part for everybody, whole for those who work on the project."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.methodologies import versions_by_id
from adapters.postgres.projects.reads.statements import PublicStatementView
from api.commands.projects import statements as commands
from api.commands.projects.statements import StatementView
from api.http.resources import reading, resources
from api.pages.parts.rendering import render, render_response
from api.pages.parts.routing import PageMissing, page_router
from api.pages.parts.session import person_of
from domain.errors import NotFound

TEMPLATE = "public/assurance/statement.html"

router = page_router()


@router.get("/verifications/{verification_id}/statement")
async def statement(request: Request, verification_id: UUID) -> Response:
    """Who works on the project reads it from its first version on; everybody once an approval stands on it."""
    public = await _public(request, verification_id)
    whole = await _whole(request, verification_id)
    terms = whole.statement.terms if whole and whole.statement else public and public.terms
    if terms is None:
        raise PageMissing("verification statement")
    project_id = whole.round.verification.project_id if whole else public and public.project_id
    async with reading(request) as connection:
        names = await reads_projects.project_names(connection, [project_id] if project_id else [])
        version_id = terms.methodology_version_id
        versions = await versions_by_id(connection, [version_id] if version_id else [])
    shown = render_response if whole else render
    return shown(
        request,
        TEMPLATE,
        verification_id=verification_id,
        project=names[project_id] if project_id else None,
        terms=terms,
        written=whole.statement if whole and whole.statement else public,
        whole=whole is not None,
        public=public,
        methodology=versions.get(version_id) if version_id else None,
    )


async def _public(request: Request, verification_id: UUID) -> PublicStatementView | None:
    try:
        return await commands.public_statement(resources(request), verification_id)
    except NotFound:
        return None


async def _whole(request: Request, verification_id: UUID) -> StatementView | None:
    """None for who is not signed in, or does not work on the project."""
    person = person_of(request)
    if person is None:
        return None
    try:
        view = await commands.visible_statement(resources(request), person.account, verification_id)
    except NotFound:
        return None
    return view if view.statement is not None else None
