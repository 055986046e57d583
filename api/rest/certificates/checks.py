"""Checking a certificate that somebody brings, for everybody."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.certificates.check import check_bytes, count_check
from api.http.errors.problem import Code, error_responses
from api.http.middleware.rate_limits import address_of
from api.http.resources import resources
from api.http.responses import json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.certificates.examples.certificates import CERTIFICATE_SENT
from api.rest.certificates.schemas.checks import (
    CertificateCheckedResponse,
    certificate_checked_response,
)

router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)


@router.post(
    "/verify",
    summary="Check a certificate",
    response_model=Data[CertificateCheckedResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.PAYLOAD_TOO_LARGE),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "description": "The bytes of a certificate.json, not one changed.",
                    },
                    "example": CERTIFICATE_SENT,
                }
            },
        }
    },
)
async def check_certificate(request: Request) -> Response:
    """
    Send the bytes of a certificate.json; each check is answered, and what they amount to.

    Nothing is taken from this registry's database: the digest, the signature and the sums are
    computed from the bytes, keys and wallets are those published at
    `/.well-known/karbonica-registry.json`, and the record is read back from the chain. The chain is
    asked when the certificate is true on its own evidence. Needs no account, changes nothing.
    """
    parts = resources(request)
    await count_check(parts, address_of(request.scope))
    return json_response(
        certificate_checked_response(await check_bytes(parts, await request.body()))
    )
