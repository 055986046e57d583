"""Projects: the list with its filters, and one project with its verification, evidence and credits."""

from collections.abc import Sequence
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import entries as reads_entries
from adapters.postgres.credits.reads import obligations as reads_obligations
from adapters.postgres.credits.reads import totals as reads_totals
from adapters.postgres.credits.reads import transactions as reads_transactions
from adapters.postgres.credits.reads.entries import PublicEntryView
from adapters.postgres.credits.reads.notices import issuance_corrections as reads_corrections
from adapters.postgres.projects.reads import appeals as reads_appeals
from adapters.postgres.projects.reads import buffer_shares as reads_buffer_shares
from adapters.postgres.projects.reads import consultations as reads_consultations
from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads import methodologies as reads_methodologies
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads import rounds as reads_rounds
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.appeals import AppealFilter
from adapters.postgres.projects.reads.assurance import opinions as reads_opinions
from adapters.postgres.projects.reads.assurance import risk_assessments as reads_risks
from adapters.postgres.projects.reads.documents import EvidenceView
from adapters.postgres.projects.reads.projects import ProjectFilter, PublicProjectView
from adapters.postgres.projects.reads.rounds import RoundView
from adapters.postgres.queries import PageRequest
from adapters.postgres.standards import reads as reads_standards
from adapters.settings import Settings
from api.http.cursors import read_cursor, write_cursor
from api.http.resources import reading, resources
from api.pages.parts.chain_progress import chain_progress
from api.pages.parts.labels import SCHEMES, country_name, shown_standards, word
from api.pages.parts.map import to_map, view_around
from api.pages.parts.rendering import render
from api.pages.parts.routing import PageMissing, page_router, plain
from domain.projects.approvals import digest_of
from domain.projects.buffer_share import REVERSIBLE_TYPES
from domain.projects.documents import Document
from domain.projects.projects import Project, ProjectStatus, ProjectType

PER_PAGE = 25
ENTRIES_PER_PAGE = 50
APPEALS_SHOWN = 10

router = page_router()


@router.get("/projects")
async def projects(
    request: Request,
    q: str = "",
    status: str = "",
    type: str = "",
    country: str = "",
    methodology: str = "",
    label: str = "",
    cursor: str = "",
) -> Response:
    """A filter that names nothing known is looked for all the same, and nothing fits it."""
    given = {
        "q": q,
        "status": status,
        "type": type,
        "country": country,
        "methodology": methodology,
        "label": label,
    }
    chosen = {name: plain(value) for name, value in given.items()}
    wanted = ProjectFilter(
        status=chosen["status"] or None,
        type=chosen["type"] or None,
        country=chosen["country"] or None,
        words=chosen["q"] or None,
        methodology_id=methodology_asked(chosen["methodology"]),
        label=chosen["label"] or None,
    )
    page = PageRequest(PER_PAGE, after=read_cursor(cursor))
    async with reading(request) as connection:
        rows = await reads_projects.project_summaries_page(connection, wanted, page)
        countries = await reads_projects.project_countries(connection)
        methodologies = await reads_methodologies.methodologies_used(connection)
    filters = {name: value for name, value in chosen.items() if value}
    last = page.last_shown(rows)
    return render(
        request,
        "public/projects.html",
        rows=page.shown(rows),
        chosen=chosen,
        filtered=bool(filters),
        statuses=[status.value for status in ProjectStatus],
        types=sorted((type.value for type in ProjectType), key=word),
        countries=sorted(countries, key=country_name),
        methodologies=methodologies,
        labels=SCHEMES,
        next_link=_next_link(filters, last.project) if last else None,
        first_link=f"/projects?{urlencode(filters)}".rstrip("?") if cursor else None,
    )


def methodology_asked(typed: str) -> UUID | None:
    """What names none is looked for all the same, and no project is verified by it."""
    if not typed:
        return None
    try:
        return UUID(typed)
    except ValueError:
        return UUID(int=0)


def _next_link(filters: dict[str, str], last: Project) -> str:
    cursor = write_cursor((last.created_at, last.id))
    return "/projects?" + urlencode({**filters, "cursor": cursor})


@router.get("/projects/{project_id}")
async def project(request: Request, project_id: UUID, cursor: str = "") -> Response:
    """`cursor` pages through the credit entries."""
    settings: Settings = request.app.state.settings
    page = PageRequest(ENTRIES_PER_PAGE, after=read_cursor(cursor))
    async with reading(request) as connection:
        found = await reads_projects.public_project(connection, project_id)
        if found is None:
            raise PageMissing("project")
        timeline = await reads_verifications.public_timeline(connection, found.verification_id)
        evidence = await reads_documents.evidence(connection, project_id)
        rounds = await reads_rounds.rounds(connection, project_id)
        sums = await reads_totals.project_sums(connection, project_id)
        consultation = await reads_consultations.consultation_of(connection, project_id)
        appeals = await reads_appeals.appeals_page(
            connection, AppealFilter(project_id=project_id), PageRequest(APPEALS_SHOWN)
        )
        corrections = await reads_corrections.issuance_corrections_page(
            connection, project_id, PageRequest(APPEALS_SHOWN)
        )
        validation = await reads_opinions.public_validation(connection, project_id)
        risk = await reads_risks.public_risk(connection, project_id)
        share = await reads_buffer_shares.buffer_share(connection, found.project)
        owed = await reads_obligations.unsettled_obligations(connection, project_id)
        entries = await reads_entries.project_entries_page(connection, project_id, page)
        standards = await reads_standards.public_standards(connection, project_id)
        issuance = await reads_transactions.issuance_state(connection, project_id)
    place = found.project.coordinates
    at = to_map(latitude=float(place.latitude), longitude=float(place.longitude))
    return render(
        request,
        "public/project.html",
        **shown_standards(resources(request), standards, of_a_credit=False),
        project=found.project,
        supplier=found.company,
        verification=found.verification,
        timeline=timeline,
        evidence=evidence,
        rounds=rounds,
        methodology=rounds[-1].methodology if rounds else None,
        sign_offs_today=_sign_offs_today(found, rounds, evidence),
        consultation=consultation,
        appeals=appeals[:APPEALS_SHOWN],
        more_appeals=len(appeals) > APPEALS_SHOWN,
        corrections=corrections[:APPEALS_SHOWN],
        share=share,
        risk=risk,
        assessable=found.project.type in REVERSIBLE_TYPES,
        validation=validation,
        owed=owed,
        sums=sums,
        entries=page.shown(entries),
        more_link=_more_link(found, page.last_shown(entries)),
        first_link=f"/projects/{project_id}#credits" if cursor else None,
        issuance=chain_progress(
            issuance,
            required=settings.chain.confirmations_required,
            finality=settings.chain.chain_finality_blocks,
        )
        if issuance
        else None,
        at=at,
        map_view=view_around(at),
    )


def _more_link(view: PublicProjectView, last: PublicEntryView | None) -> str | None:
    if last is None:
        return None
    cursor = urlencode({"cursor": write_cursor((last.last_action_at, last.id))})
    return f"/projects/{view.project.id}?{cursor}#credits"


def _sign_offs_today(
    view: PublicProjectView, rounds: Sequence[RoundView], evidence: Sequence[EvidenceView]
) -> dict[int, str]:
    """By round, the digest that a sign-off would have now: it differs once data or documents have changed."""
    # The digest covers a document's type and SHA-256 only, which evidence has in every class.
    documents = {
        one.number: cast(
            "Sequence[Document]",
            [line for line in evidence if line.round == one.number and line.superseded_at is None],
        )
        for one in rounds
    }
    return {
        one.number: digest_of(one, view.project, documents[one.number])
        for one in rounds
        if one.sign_off_digest is not None
    }
