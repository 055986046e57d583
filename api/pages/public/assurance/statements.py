"""The verification statement of a round: in part for everybody, whole for those who work on the project."""

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.methodologies import versions_by_id
from adapters.postgres.projects.reads.statements import PublicStatementView
from api.commands.projects import statements as commands
from api.http.resources import reading, resources
from api.pages.parts.rendering import render, render_response
from api.pages.parts.routing import PageMissing, page_router
from api.pages.parts.session import person_of
from domain.errors import NotFound
from domain.projects.assurance.statements import VerificationStatement

TEMPLATE = "public/assurance/statement.html"

router = page_router()


@dataclass(frozen=True)
class WholeStatement:
    """As those read it who work on the project."""

    statement: VerificationStatement
    project_id: UUID


@router.get("/verifications/{verification_id}/statement")
async def statement(request: Request, verification_id: UUID) -> Response:
    """Who works on the project reads it from its first version on; everybody once an approval stands on it."""
    public = await _public(request, verification_id)
    whole = await _whole(request, verification_id)
    written: VerificationStatement | PublicStatementView
    if whole is not None:
        written, project_id = whole.statement, whole.project_id
    elif public is not None:
        written, project_id = public, public.project_id
    else:
        raise PageMissing("verification statement")
    version_id = written.terms.methodology_version_id
    async with reading(request) as connection:
        names = await reads_projects.project_names(connection, [project_id])
        versions = await versions_by_id(connection, [version_id] if version_id else [])
    show = render_response if whole else render
    return show(
        request,
        TEMPLATE,
        verification_id=verification_id,
        project=names[project_id],
        terms=written.terms,
        written=written,
        whole=whole is not None,
        public=public,
        methodology=versions.get(version_id) if version_id else None,
    )


async def _public(request: Request, verification_id: UUID) -> PublicStatementView | None:
    try:
        return await commands.public_statement(resources(request), verification_id)
    except NotFound:
        return None


async def _whole(request: Request, verification_id: UUID) -> WholeStatement | None:
    """None for who is not signed in, or does not work on the project."""
    person = person_of(request)
    if person is None:
        return None
    try:
        view = await commands.visible_statement(resources(request), person.account, verification_id)
    except NotFound:
        return None
    if view.statement is None:
        return None
    return WholeStatement(view.statement, view.round.verification.project_id)
