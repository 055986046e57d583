"""The door for webhooks of the chain's provider."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.chain.blockfrost.webhooks import SIGNATURE_HEADER
from api.commands.chain.provider import ProviderCallRefused, provider_told
from api.http.errors.problem import Code, Problem, error_responses, render_problems
from api.http.resources import resources
from api.http.routing import RegistryRoute

router = APIRouter(prefix="/chain", route_class=RegistryRoute, tags=["Provider"])


@router.post(
    "/provider-webhook",
    status_code=204,
    summary="Take a webhook of Blockfrost",
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.NOT_FOUND,
        Code.PAYLOAD_TOO_LARGE,
        Code.UNAVAILABLE,
    ),
    openapi_extra={
        "parameters": [
            {
                "name": SIGNATURE_HEADER,
                "in": "header",
                "required": True,
                "description": "`t=…,v1=…`: HMAC-SHA-256 of the moment, a full stop and the body.",
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "description": "What happened; it is not read."},
                    "example": {"type": "block", "payload": {"height": 4_000_009}},
                }
            },
        },
    },
)
async def take_provider_webhook(request: Request) -> Response:
    """
    For hosted Blockfrost, with the signature of `BLOCKFROST_WEBHOOK_SECRET`; 404 when none is set.

    The follower then asks for the newest block at once, and believes only what it is shown.
    """
    signature = request.headers.get(SIGNATURE_HEADER)
    try:
        await provider_told(resources(request), await request.body(), signature)
    except ProviderCallRefused as refused:
        return render_problems(request, [Problem(Code.AUTHENTICATION_ERROR, str(refused))])
    return Response(status_code=204)
