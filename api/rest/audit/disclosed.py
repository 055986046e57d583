"""One entry of the audit log for staff: with whoever acted, and where from (ADR 0054)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.audit import reads as reads_audit
from api.http.errors.problem import Code, error_responses
from api.http.identity.access_audit import note_read
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.audit.log import Seq
from api.rest.audit.schemas.log import AuditEntryResponse, entry_response
from domain.audit.log import disclose
from domain.errors import NotFound

router = APIRouter(tags=["Staff"], route_class=RegistryRoute)


@router.get(
    "/audit-logs/{seq}",
    summary="Read an entry of the audit log with all it commits to",
    response_model=Data[AuditEntryResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR, Code.NOT_FOUND
    ),
    dependencies=[PERMITTED],
)
async def read_disclosed_entry(request: Request, account: SignedIn, seq: Seq) -> Response:
    """
    For administrators.

    `disclosed` has `userId`, `resourceId`, `changes` and, where a person acted, `source`: the network
    (a /24 of IPv4, a /48 of IPv6) and the browser's family. Each comes with the salt that proves it;
    the commitment to `source` is `sourceCommitment` among the changes.
    """
    async with reading(request) as connection:
        found = await reads_audit.entry(connection, seq)
    if found is None:
        raise NotFound("There is no such audit entry.")
    await note_read(
        resources(request), account, "audit_log.read", ("account", account.id), {"seq": seq}
    )
    return json_response(entry_response(disclose(found)))
