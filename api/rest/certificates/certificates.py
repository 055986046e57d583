"""Certificates: the stored bytes, and the PDF that is a picture of them."""

from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.printing import CannotPrint
from adapters.postgres.certificates import reads as reads_certificates
from api.http.errors.error_mapping import Unavailable
from api.http.errors.problem import Code, error_responses
from api.http.resources import public_url, reading, resources
from api.http.responses import public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.certificates.schemas.certificates import SealResponse, seal_response
from api.rest.credits.schemas.retirement import certificate_url
from domain.certificates.certificates import CertificateStatus, StoredCertificate
from domain.errors import NotFound

FOR_EVER = "public, max-age=86400, immutable"
"""A document that is addressed by its digest."""

SEALED = "public, max-age=300"
"""A sealed certificate gives way to another only after a deep rollback (ADR 0021)."""

ACCEPTED = "public, no-cache"

log = structlog.get_logger(__name__)

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
        {"type": "RetirementCertificate", "version": 3, "status": "accepted", "chain": None},
    ),
)
async def read_certificate(request: Request, retirement_id: UUID) -> Response:
    """
    Exactly the bytes that are stored and, once sealed, signed; every one of them counts.

    There from the moment the retirement is accepted. `status` says whether it is sealed.
    """
    stored = await _stored(request, retirement_id)
    return public_response(
        request,
        stored.document,
        cache_control=_cache_control(stored),
        filename=f"certificate-{retirement_id}.json",
    )


@router.get(
    "/certificate.vc.json",
    summary="Download a certificate as a verifiable credential",
    response_class=Response,
    responses=_documented(
        "application/vc",
        {"type": "object", "description": "W3C Verifiable Credential 2.0; see ADR 0083."},
        {"type": ["VerifiableCredential", "RetirementCredential"]},
    ),
)
async def read_credential(request: Request, retirement_id: UUID) -> Response:
    """
    The sealed certificate for other people's wallets and verifiers, which need nothing of ours.

    Secured by Data Integrity (`eddsa-jcs-2022`); the issuer's keys stand at `/.well-known/did.json`. The
    certificate is inside, whole. There once the certificate is sealed.
    """
    stored = await _stored(request, retirement_id)
    async with reading(request) as connection:
        document = await reads_certificates.credential(connection, retirement_id)
    if document is None:
        if stored.status is CertificateStatus.SEALED:
            raise NotFound("This certificate was sealed before there were credentials.")
        raise NotFound("The certificate is not sealed yet; then it becomes a credential.")
    return public_response(
        request,
        document,
        media_type="application/vc",
        cache_control=SEALED,
        filename=f"certificate-{retirement_id}.vc.json",
    )


@router.get(
    "/certificates",
    summary="List the seals of a certificate",
    response_model=Data[list[SealResponse]],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def list_seals(request: Request, retirement_id: UUID) -> Response:
    """
    Every document the registry has sealed for this retirement, the one that stands first.

    There is more than one only when the chain gave up a confirmed transaction. None as long as the
    certificate is not sealed.
    """
    async with reading(request) as connection:
        found = await reads_certificates.standing(connection, retirement_id)
    if found is None:
        raise NotFound("There is no such retirement.")
    shapes = [seal_response(seal, retirement_id) for seal in found.seals]
    body = b'{"data":[%s]}' % b",".join(
        shape.model_dump_json(by_alias=True).encode() for shape in shapes
    )
    return public_response(request, body)


@router.get(
    "/certificates/{digest}.json",
    summary="Download one seal of a certificate",
    response_class=Response,
    responses=_documented(
        "application/json",
        {"type": "object", "description": "Canonical JSON (RFC 8785); see ADR 0006."},
        {"type": "RetirementCertificate", "version": 3, "status": "sealed"},
    ),
)
async def read_seal(
    request: Request,
    retirement_id: UUID,
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
) -> Response:
    """The bytes that were signed under this digest, also after another seal took their place."""
    async with reading(request) as connection:
        document = await reads_certificates.sealed_document(connection, retirement_id, digest)
    if document is None:
        raise NotFound("This retirement's certificate was never sealed under that digest.")
    return public_response(
        request,
        document,
        cache_control=FOR_EVER,
        filename=f"certificate-{retirement_id}-{digest[:12]}.json",
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
    """
    The certificate as a page to hang on a wall, with a QR code that leads back to it.

    What is corrected in it is printed below its evidence, although the sealed bytes stay as they are.
    """
    stored = await _stored(request, retirement_id)
    async with reading(request) as connection:
        found = await reads_certificates.corrections(connection, retirement_id, stored.digest)
    corrections = tuple(
        f"It says {one.stated or 'nothing'}; right is {one.correct or 'nothing'}. {one.reason}"
        for one in found
    )
    address = certificate_url(public_url(request), retirement_id)
    try:
        printed = await resources(request).printer.print(
            stored.document, certificate_url=address, corrections=corrections
        )
    except CannotPrint as failed:
        # Without the traceback: what the process wrote may name a beneficiary.
        log.warning("certificate_not_printed", retirement_id=str(retirement_id), reason=failed.kind)
        raise Unavailable(
            "The certificate cannot be printed at the moment; certificate.json says the same."
        ) from failed
    return public_response(
        request,
        printed,
        media_type="application/pdf",
        cache_control=_cache_control(stored),
        filename=f"certificate-{retirement_id}.pdf",
    )


async def _stored(request: Request, retirement_id: UUID) -> StoredCertificate:
    async with reading(request) as connection:
        stored = await reads_certificates.certificate(connection, retirement_id)
    if stored is None:
        raise NotFound("There is no such retirement.")
    return stored


def _cache_control(stored: StoredCertificate) -> str:
    return SEALED if stored.status is CertificateStatus.SEALED else ACCEPTED
