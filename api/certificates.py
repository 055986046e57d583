"""Certificates: the stored bytes, and the PDF that is a picture of them."""

import asyncio
import json
from functools import lru_cache
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.certificate_pdf import render_certificate
from adapters.postgres import reads_credits
from api.answers import answer_public
from api.problems import Code, error_responses
from api.resources import reading
from api.retirement import certificate_url
from api.routing import RegistryRoute
from domain.certificates import CertificateStatus, StoredCertificate
from domain.errors import NotFound

SEALED = "public, max-age=86400"
"""A sealed certificate never changes; an accepted one changes once."""

ACCEPTED = "public, no-cache"
PDF_CACHE_SIZE = 64

router = APIRouter(
    prefix="/registry/retirements/{retirement_id}",
    tags=["Public registry"],
    route_class=RegistryRoute,
)


def _documented(media_type: str, schema: dict[str, Any], example: Any) -> dict[int | str, Any]:
    content: dict[str, Any] = {media_type: {"schema": schema}}
    if example is not None:
        content[media_type]["example"] = example
    return {
        200: {"description": "The certificate.", "content": content},
        **error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
    }


@router.get(
    "/certificate.json",
    summary="Download a certificate",
    response_class=Response,
    responses=_documented(
        "application/json",
        {"type": "object", "description": "Canonical JSON (RFC 8785); see ADR 0006."},
        {"type": "RetirementCertificate", "version": 1, "status": "accepted", "chain": None},
    ),
)
async def read_certificate(request: Request, retirement_id: UUID) -> Response:
    """
    Exactly the bytes that are stored and, once sealed, signed; every one of them counts.

    There from the moment the retirement is accepted. `status` says whether it is sealed.
    """
    stored = await _stored(request, retirement_id)
    return answer_public(
        request,
        stored.document,
        cache_control=_cache_control(stored),
        filename=f"certificate-{retirement_id}.json",
    )


@router.get(
    "/certificate.pdf",
    summary="Print a certificate",
    response_class=Response,
    responses=_documented(
        "application/pdf", {"type": "string", "format": "binary"}, "%PDF-1.4 ..."
    ),
)
async def print_certificate(request: Request, retirement_id: UUID) -> Response:
    """The certificate as a page to hang on a wall, with a QR code that leads back to it."""
    stored = await _stored(request, retirement_id)
    address = certificate_url(request, retirement_id)
    return answer_public(
        request,
        await asyncio.to_thread(_printed, stored.document, address),
        media_type="application/pdf",
        cache_control=_cache_control(stored),
        filename=f"certificate-{retirement_id}.pdf",
    )


async def _stored(request: Request, retirement_id: UUID) -> StoredCertificate:
    async with reading(request) as connection:
        stored = await reads_credits.certificate(connection, retirement_id)
    if stored is None:
        raise NotFound("There is no such retirement.")
    return stored


@lru_cache(maxsize=PDF_CACHE_SIZE)
def _printed(document: bytes, address: str) -> bytes:
    """The same document always prints the same bytes, so a few are kept."""
    return render_certificate(json.loads(document), certificate_url=address)


def _cache_control(stored: StoredCertificate) -> str:
    return SEALED if stored.status is CertificateStatus.SEALED else ACCEPTED
