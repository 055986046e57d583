"""What the public sees of one's project, now and later, for those who work on it (ADR 0075)."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads import projects as reads_projects
from api.commands.projects.projects import visible_project
from api.http.resources import reading, resources
from api.pages.desks.actions import somebody
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router
from domain.errors import NotFound
from domain.publishing.disclosed_fields import FIELDS
from domain.publishing.disclosure import PublicMoment

router = page_router()


@router.get("/projects/{project_id}/public-preview")
async def preview(request: Request, project_id: UUID) -> Response:
    person = somebody(request)
    try:
        await visible_project(resources(request), person.account, project_id)
    except NotFound:
        raise PageMissing("project") from None
    async with reading(request) as connection:
        found = await reads_projects.public_project(connection, project_id)
        evidence = await reads_documents.evidence(connection, project_id)
    if found is None:
        raise PageMissing("project")
    decided = found.verification.completed_at is not None
    return render_response(
        request,
        "desks/public_preview.html",
        project=found.project,
        supplier=found.company,
        evidence=evidence,
        later=[]
        if decided
        else [
            (name, rule.sentence)
            for name, rule in FIELDS["RegistryVerification"].items()
            if rule.moment is PublicMoment.DECISION
        ],
    )
