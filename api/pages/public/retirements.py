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
from adapters.postgres.credits.reads import retirement_summaries as reads_summaries
from adapters.postgres.credits.reads import retirements as reads_retirements
from adapters.postgres.credits.reads.retirements import RetirementFilter
from adapters.postgres.queries import PageRequest
from adapters.settings import Settings
from api.commands.certificates.published_keys import certificate_keys
from api.http.cursors import read_cursor, write_cursor
from api.http.resources import reading
from api.pages.parts.chain_progress import chain_progress
from api.pages.parts.rendering import render
from api.pages.parts.routing import PageMissing, page_router
from domain.certificates.certificates import chain_parts
from domain.chain.metadata import find_record, join_text

PER_PAGE = 25

router = page_router()


@router.get("/retirements")
async def retirements(request: Request, cursor: str = "") -> Response:
    page = PageRequest(PER_PAGE, after=read_cursor(cursor))
    async with reading(request) as connection:
        rows = await reads_summaries.retirement_summaries_page(connection, RetirementFilter(), page)
    last = page.last_shown(rows)
    return render(
        request,
        "public/retirements.html",
        rows=page.shown(rows),
        next_link=f"/retirements?cursor={write_cursor((last.retired_at, last.id))}"
        if last
        else None,
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
        found = await reads_retirements.retirement(
            connection, retirement_id, account=None, count_queue=True
        )
        if found is None:
            raise PageMissing("retirement")
        sealed = await reads_certificates.certificate(connection, retirement_id)
        if sealed is None:
            raise PageMissing("retirement")
        former_seals = await reads_certificates.former_seals(connection, retirement_id)
    progress = chain_progress(
        found.chain,
        required=settings.chain.confirmations_required,
        finality=settings.chain.chain_finality_blocks,
    )
    path = f"/api/v1/registry/retirements/{retirement_id}/certificate"
    return render(
        request,
        "public/retirement.html",
        max_age_seconds=1,
        retirement=found.retirement,
        beneficiary=found.retirement.beneficiary,
        lines=found.lines,
        reversals=found.reversals,
        corrections=found.corrections,
        certificate=sealed,
        former_seals=former_seals,
        chain=progress,
        is_live=progress.is_moving or sealed.sealed_at is None,
        comparisons=_comparisons(sealed.document),
        certificate_path=path,
        verify_command=_verify_command(settings, path, sealed.document),
    )


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
