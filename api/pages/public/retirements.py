"""Retirements: the list, the certificate page, and the QR code that leads back to it."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import segno
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.certificates import reads as reads_certificates
from adapters.postgres.chain import pages_chain
from adapters.postgres.credits import pages, pages_retirement
from adapters.settings import Settings
from api.http.cursors import read_cursor, write_cursor
from api.pages.parts.chain_progress import chain_progress
from api.pages.parts.rendering import render
from api.pages.parts.routing import PageMissing, page_router, reading
from domain.certificates.certificates import chain_parts
from domain.chain.metadata import find_record, join_text

PER_PAGE = 25

router = page_router()


@router.get("/retirements")
async def retirements(request: Request, cursor: str = "") -> Response:
    async with reading(request) as connection:
        rows = await pages.retirement_lines(
            connection, limit=PER_PAGE + 1, after=read_cursor(cursor)
        )
    last = rows[PER_PAGE - 1] if len(rows) > PER_PAGE else None
    return render(
        request,
        "public/retirements.html",
        rows=rows[:PER_PAGE],
        next_link=f"/retirements?cursor={write_cursor(last.retired_at, last.id)}" if last else None,
        first_link="/retirements" if cursor else None,
    )


@router.get("/retirements/{retirement_id}")
async def certificate(request: Request, retirement_id: UUID) -> Response:
    """
    The certificate's page, there from the moment the retirement is accepted.

    It reads the ledger's own rows and no index that could lag behind them (docs/flows/retirement.md).
    """
    settings: Settings = request.app.state.settings
    async with reading(request) as connection:
        found = await pages_retirement.retirement(connection, retirement_id)
        if found is None:
            raise PageMissing("retirement")
        record = await pages_chain.retirement_record(connection, retirement_id)
        lines = await pages_retirement.lines(connection, retirement_id)
        standing = await reads_certificates.standing(connection, retirement_id)
    progress = chain_progress(
        record,
        required=settings.chain.confirmations_required,
        finality=settings.chain.chain_finality_blocks,
    )
    path = f"/api/v1/registry/retirements/{found.id}/certificate"
    return render(
        request,
        "public/retirement.html",
        max_age_seconds=1,
        retirement=found,
        lines=lines,
        reversals=standing.reversals if standing else (),
        former_seals=[seal for seal in standing.seals if seal.superseded_at] if standing else (),
        trouble=standing.trouble if standing else None,
        chain=progress,
        is_live=progress.is_moving or found.sealed_at is None,
        comparisons=_comparisons(found.certificate_document),
        certificate_path=path,
        verify_command=_verify_command(settings, path),
    )


def _verify_command(settings: Settings, certificate_path: str) -> str:
    """Fetch the certificate and check it against the chain, with tools/verify.py."""
    registry = settings.registry.public_url.rstrip("/")
    return (
        f"curl -fsS {registry}{certificate_path}.json \\\n"
        f"  | python -m tools.verify - --chain {settings.chain.blockfrost_url} --registry {registry}"
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


def _comparisons(document: bytes | None) -> Sequence[Sequence[ComparedField]]:
    """For each record, from a sealed certificate; nothing as long as the chain was not read back."""
    certificate = json.loads(document) if document else {"chain": None}
    return [_comparison(chain) for chain in chain_parts(certificate)]


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
