"""
Payloads of workflows decrypted for Temporal's own page, which asks from the browser of whoever reads it.

For staff with a token alone. Temporal calls this a codec server; it says how in its documentation
("Remote data encoding"): `POST /codec/decode` with payloads as protobuf's JSON.
"""

from urllib.parse import urlsplit

from fastapi import APIRouter
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from temporalio.api.common.v1 import Payloads

from adapters.temporal.payload_codec import UnreadablePayload, open_payload_codec
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import PRIVATE
from api.http.routing import RegistryRoute
from domain.accounts.roles import Permission
from domain.errors import Invalid

PAYLOADS_MAX = 1_000

router = APIRouter(include_in_schema=False, route_class=RegistryRoute)


@router.options("/codec/decode")
async def may_decode(request: Request) -> Response:
    """Browsers ask first (CORS: the Fetch standard, 3.3)."""
    return Response(
        status_code=204,
        headers={
            **_for_temporal_ui(request),
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Namespace",
            "Access-Control-Max-Age": "600",
        },
    )


@router.post("/codec/decode")
async def decode(request: Request, account: SignedIn) -> Response:
    """
    Raises:
        Forbidden: the account may not read the workflows.
        Invalid: the body is not a list of payloads, or one cannot be decrypted.
    """
    account.require(Permission.SEE_WORKFLOWS)
    codec = open_payload_codec(resources(request).settings.temporal)
    try:
        sent = ParseDict(await request.json(), Payloads()).payloads
        if len(sent) > PAYLOADS_MAX:
            raise Invalid(f"More than {PAYLOADS_MAX} payloads were sent.")
        decoded = list(sent) if codec is None else await codec.decode(sent)
    except (ParseError, ValueError) as unfit:
        raise Invalid("The body is not a list of payloads in protobuf's JSON.") from unfit
    except UnreadablePayload as unread:
        raise Invalid(str(unread)) from None
    return JSONResponse(
        MessageToDict(Payloads(payloads=decoded)),
        headers={**_for_temporal_ui(request), "Cache-Control": PRIVATE},
    )


def _for_temporal_ui(request: Request) -> dict[str, str]:
    """The page of Temporal that the settings name, and no other, may read the answer."""
    address = urlsplit(resources(request).settings.temporal.temporal_ui_url)
    return {
        "Access-Control-Allow-Origin": f"{address.scheme}://{address.netloc}",
        "Vary": "Origin",
    }
