"""Retirements: the list, the certificate page, and the QR code that leads back to it."""

import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import segno
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.postgres.certificates import reads as reads_certificates
from adapters.postgres.credits.reads import retirement_summaries as reads_summaries
from adapters.postgres.credits.reads import retirements as reads_retirements
from adapters.postgres.credits.reads.retirement_summaries import (
    RetiredSumView,
    RetirementSummaryView,
)
from adapters.postgres.credits.reads.retirements import RetirementFilter, RetirementView
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.queries import PageRequest, Position
from adapters.postgres.standards import reads as reads_standards
from adapters.postgres.standards.reads import StandardsView
from adapters.settings import Settings
from api.commands.certificates.published_keys import certificate_keys
from api.commands.workflow_states import history_url
from api.http.cursors import read_cursor, write_cursor
from api.http.downloads.csv_lines import csv_lines
from api.http.resources import reading, resources
from api.pages.parts.chain_progress import chain_progress
from api.pages.parts.formats import rfc3339
from api.pages.parts.labels import country_name
from api.pages.parts.rendering import render
from api.pages.parts.routing import PageMissing, page_router, plain
from api.pages.parts.session import person_of
from domain.accounts.roles import Permission
from domain.certificates.certificates import chain_parts
from domain.chain.metadata import find_record, join_text
from domain.quantities import format_tonnes
from workflows.credits.retirement import workflow_id

PER_PAGE = 25
CSV_ROWS_AT_ONCE = 500
_YEAR_END = 10_000

CLAIMS_MAX = 10
"""Of so many projects and vintages a certificate's page says what may be claimed."""

router = page_router()


@router.get("/retirements")
async def retirements(
    request: Request,
    q: str = "",
    country: str = "",
    vintage: str = "",
    project: str = "",
    beneficiary: str = "",
    cursor: str = "",
) -> Response:
    """
    A filter that names nothing known is looked for all the same, and nothing fits it.

    `project` and `beneficiary` are set by links: of one project, and of one beneficiary by its name.
    """
    chosen = _chosen(q, country, vintage, project, beneficiary)
    filters = {name: value for name, value in chosen.items() if value}
    page = PageRequest(PER_PAGE, after=read_cursor(cursor))
    rows: Sequence[RetirementSummaryView] = ()
    async with reading(request) as connection:
        countries = await reads_projects.project_countries(connection)
        total = RetiredSumView(0, 0)
        if wanted := _filter(chosen):
            rows = await reads_summaries.retirement_summaries_page(connection, wanted, page)
            if filters:
                total = await reads_summaries.retired_sum(connection, wanted)
    last = page.last_shown(rows)
    return render(
        request,
        "public/retirements.html",
        rows=page.shown(rows),
        chosen=chosen,
        filtered=bool(filters),
        total=total,
        countries=sorted(countries, key=country_name),
        csv_link=_with_filters("/retirements.csv", filters),
        json_link=_with_filters("/api/v1/registry/retirements", _as_api_calls_them(filters)),
        next_link=_with_filters(
            "/retirements", {**filters, "cursor": write_cursor((last.retired_at, last.id))}
        )
        if last
        else None,
        first_link=_with_filters("/retirements", filters) if cursor else None,
    )


@router.get("/retirements.csv")
async def retirements_as_csv(
    request: Request,
    q: str = "",
    country: str = "",
    vintage: str = "",
    project: str = "",
    beneficiary: str = "",
) -> Response:
    """All that fits the list's filters, newest first; RFC 4180, in UTF-8, read and sent in parts."""
    wanted = _filter(_chosen(q, country, vintage, project, beneficiary))
    headers = {"Content-Disposition": 'attachment; filename="retirements.csv"'}
    return StreamingResponse(
        _csv_parts(request, wanted), media_type="text/csv; charset=utf-8", headers=headers
    )


async def _csv_parts(request: Request, wanted: RetirementFilter | None) -> AsyncIterator[str]:
    columns = ("retired_at", "retirement_id", "quantity_tonnes", "serial", "entries", "projects")
    yield csv_lines([(*columns, "beneficiary", "purpose", "chain_status")])
    after: Position | None = None
    while wanted:
        page = PageRequest(CSV_ROWS_AT_ONCE, after=after)
        async with reading(request) as connection:
            rows = await reads_summaries.retirement_summaries_page(connection, wanted, page)
        yield csv_lines(
            (
                rfc3339(row.retired_at),
                row.id,
                format_tonnes(row.quantity_units),
                row.serial,
                row.entries,
                "; ".join(row.project_titles),
                row.beneficiary_name or "",
                row.purpose,
                row.chain_status or "waiting",
            )
            for row in page.shown(rows)
        )
        last = page.last_shown(rows)
        if last is None:
            return
        after = (last.retired_at, last.id)


def _chosen(q: str, country: str, vintage: str, project: str, beneficiary: str) -> dict[str, str]:
    given = {"q": q, "country": country, "vintage": vintage, "project": project}
    return {name: plain(value) for name, value in {**given, "beneficiary": beneficiary}.items()}


def _filter(chosen: Mapping[str, str]) -> RetirementFilter | None:
    """None where a filter names what cannot be: then nothing fits."""
    try:
        project = UUID(chosen["project"]) if chosen["project"] else None
        vintage = int(chosen["vintage"]) if chosen["vintage"] else None
    except ValueError:
        return None
    if vintage is not None and not 0 < vintage < _YEAR_END:
        return None
    return RetirementFilter(
        project,
        vintage,
        chosen["q"] or None,
        chosen["country"] or None,
        chosen["beneficiary"] or None,
    )


def _with_filters(path: str, filters: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(filters)}" if filters else path


def _as_api_calls_them(filters: Mapping[str, str]) -> dict[str, str]:
    return {"projectId" if name == "project" else name: value for name, value in filters.items()}


@router.get("/retirements/{retirement_id}")
async def certificate(request: Request, retirement_id: UUID) -> Response:
    """
    The certificate's page, there from the moment the retirement is accepted.

    It reads the ledger's own rows and no index that could lag behind them (docs/flows/retirement.md).
    """
    settings: Settings = request.app.state.settings
    async with reading(request) as connection:
        found = await reads_retirements.retirement(
            connection, retirement_id, account=None, count_queue=True
        )
        if found is None:
            raise PageMissing("retirement")
        sealed = await reads_certificates.certificate(connection, retirement_id)
        if sealed is None:
            raise PageMissing("retirement")
        former_seals = await reads_certificates.former_seals(connection, retirement_id)
        claims = await _claims(connection, found)
    progress = chain_progress(
        found.chain,
        required=settings.chain.confirmations_required,
        finality=settings.chain.chain_finality_blocks,
    )
    path = f"/api/v1/registry/retirements/{retirement_id}/certificate"
    return render(
        request,
        "public/retirement.html",
        history_url=_history_url(request, retirement_id),
        max_age_seconds=1,
        retirement=found.retirement,
        beneficiary=found.retirement.beneficiary,
        lines=found.lines,
        reversals=found.reversals,
        corrections=found.corrections,
        certificate=sealed,
        former_seals=former_seals,
        claims=claims,
        today=resources(request).clock.now().date(),
        chain=progress,
        is_live=progress.is_moving or sealed.sealed_at is None,
        comparisons=_comparisons(sealed.document),
        certificate_path=path,
        embed=_embed(settings, found),
        verify_command=_verify_command(settings, path, sealed.document),
    )


async def _claims(
    connection: AsyncConnection, view: RetirementView
) -> Sequence[tuple[str, int, StandardsView]]:
    """What may be said today of each project and vintage that was retired; the sealed certificate says none of it."""
    of = {(line.project_id, line.vintage): line.project_title for line in view.lines}
    return [
        (
            title,
            vintage,
            await reads_standards.credit_standards(connection, project_id, vintage, None),
        )
        for (project_id, vintage), title in list(of.items())[:CLAIMS_MAX]
    ]


def _embed(settings: Settings, view: RetirementView) -> str:
    """A picture that leads to the certificate, with words that stay true: it is never taken back."""
    address = f"{settings.registry.public_url.rstrip('/')}/retirements/{view.retirement.id}"
    tonnes = format_tonnes(view.retirement.quantity_units)
    words = f"{tonnes} t CO2e retired, certificate {view.lines[0].serial}"
    picture = (
        f'<img src="{escape(address)}/badge.svg" alt="{escape(words)}" width="320" height="72">'
    )
    return f'<a href="{escape(address)}" rel="noopener">{picture}</a>'


def _verify_command(settings: Settings, certificate_path: str, document: bytes) -> str:
    """
    Fetch the certificate and check it against the chain, with tools/verify.py.

    It names the key of the seal, if it is one of the registry's: whoever keeps the command is not
    told another one later.
    """
    registry = settings.registry.public_url.rstrip("/")
    key = (json.loads(document).get("proof") or {}).get("publicKey")
    published = {one["publicKey"] for one in certificate_keys(settings)}
    return (
        f"curl -fsS {registry}{certificate_path}.json \\\n"
        f"  | python -m tools.verify - --chain {settings.chain.blockfrost_url} --registry {registry}"
        + (f" \\\n    --registry-key {key}" if key in published else "")
    )


@dataclass(frozen=True)
class ComparedField:
    """A field of the chain record: ours, and as read back. None where it is missing."""

    field: str
    ours: str | None
    chain: str | None

    @property
    def same(self) -> bool:
        return self.ours == self.chain


def _comparisons(document: bytes) -> Sequence[Sequence[ComparedField]]:
    """For each record, from a sealed certificate; nothing as long as the chain was not read back."""
    return [_comparison(chain) for chain in chain_parts(json.loads(document))]


def _comparison(chain: Mapping[str, Any]) -> Sequence[ComparedField]:
    """Field by field."""
    ours: Mapping[str, Any] = chain["record"]
    read_back = find_record(chain["metadata"], ours) or {}
    return [
        ComparedField(field, _shown(ours.get(field)), _shown(read_back.get(field)))
        for field in dict.fromkeys([*ours, *read_back])
    ]


def _shown(value: Any) -> str | None:
    """Texts that were cut to fit the chain are joined again; lists of other things stay JSON."""
    if value is None:
        return None
    if isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(v, str) for v in value)
    ):
        return join_text(value)
    return json.dumps(value, ensure_ascii=False)


@router.get("/retirements/{retirement_id}/qr.svg")
async def qr_code(request: Request, retirement_id: UUID) -> Response:
    """The certificate page's address as a QR code; it needs no look into the database."""
    settings: Settings = request.app.state.settings
    drawn = io.BytesIO()
    address = f"{settings.registry.public_url.rstrip('/')}/retirements/{retirement_id}"
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", scale=4, border=2, light="#fff", dark="#14211b", xmldecl=False
    )
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers=headers)


_BADGE = """<svg xmlns="http://www.w3.org/2000/svg" width="320" height="72" viewBox="0 0 320 72" role="img" aria-label="{words}">
<title>{words}</title>
<rect x="0.5" y="0.5" width="319" height="71" rx="8" fill="#fffefb" stroke="#17573f"/>
<circle cx="36" cy="36" r="17" fill="#17573f"/>
<path d="m28 36.5 5.5 5.5L45 30.5" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/>
<g font-family="system-ui, sans-serif" fill="#14211b">
<text x="66" y="32" font-size="18" font-weight="600">{tonnes} t CO₂e retired</text>
<text x="66" y="53" font-size="13" fill="#54625a">{serial}</text>
</g>
</svg>
"""


@router.get("/retirements/{retirement_id}/badge.svg")
async def badge(request: Request, retirement_id: UUID) -> Response:
    """For other people's pages: how much was retired, under which serial. A retirement never changes."""
    async with reading(request) as connection:
        found = await reads_retirements.retirement(connection, retirement_id, account=None)
    if found is None:
        raise PageMissing("retirement")
    tonnes, serial = format_tonnes(found.retirement.quantity_units), str(found.lines[0].serial)
    words = f"{tonnes} t CO2e retired, certificate {serial}"
    body = _BADGE.format(words=escape(words), tonnes=escape(tonnes), serial=escape(serial))
    headers = {
        "Cache-Control": "public, max-age=86400",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(body, media_type="image/svg+xml", headers=headers)


def _history_url(request: Request, retirement_id: UUID) -> str | None:
    """For staff who are signed in; nobody else sees workflows."""
    person = person_of(request)
    if person is None or not person.account.may(Permission.SEE_WORKFLOWS):
        return None
    return history_url(resources(request), workflow_id(retirement_id))
