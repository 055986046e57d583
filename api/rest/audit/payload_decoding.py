"""
Payloads of workflows decrypted for Temporal's own page, which asks from the browser of whoever reads it.

For staff with a token alone. Temporal calls this a codec server; it says how in its documentation
("Remote data encoding"): payloads as protobuf's JSON. `CrossOrigin` lets the page of `TEMPORAL_UI_URL`
read the answers, and no other.
"""

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

ADDRESS = "/codec/decode"
PAYLOADS_MAX = 1_000

router = APIRouter(include_in_schema=False, route_class=RegistryRoute)


@router.post(ADDRESS)
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
        headers={"Cache-Control": PRIVATE},
    )
