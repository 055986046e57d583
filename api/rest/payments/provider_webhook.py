"""Where the payment provider tells what was paid."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.payments.checkout import SIGNATURE_HEADER, PaymentCallRefused
from api.commands.payments import invoices as commands
from api.http.errors.problem import Code, Problem, error_responses, render_problems
from api.http.resources import resources
from api.http.routing import RegistryRoute
from api.rest.payments.examples.payments import PROVIDER_EVENT

provider_router = APIRouter(prefix="/payments", route_class=RegistryRoute, tags=["Provider"])


@provider_router.post(
    "/provider-webhook",
    status_code=204,
    summary="Take a webhook of the payment provider",
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
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
                    "schema": {"type": "object", "description": "An event of Stripe's shape."},
                    "example": PROVIDER_EVENT,
                }
            },
        },
    },
)
async def take_payment_webhook(request: Request) -> Response:
    """
    For the provider of `PAYMENT_PROVIDER_URL`, with the signature of `PAYMENT_WEBHOOK_SECRET`; 404 when none is set.

    Each event counts once, late ones too; of another amount or currency it is held for staff.
    """
    signature = request.headers.get(SIGNATURE_HEADER)
    try:
        await commands.provider_told(resources(request), await request.body(), signature)
    except PaymentCallRefused as refused:
        return render_problems(request, [Problem(Code.AUTHENTICATION_ERROR, str(refused))])
    return Response(status_code=204)
