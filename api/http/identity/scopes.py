"""
What an API key may call: one table from routes to scopes, denied by default (ADR 0063).

No key signs anybody in, manages an account, a key or a wallet, decides a verification, or does what
staff do to the registry: whoever wants that signs in.
"""

from starlette.requests import Request

from domain.accounts.api_keys import Scope
from domain.errors import Forbidden

PREFIX = "/api/v1"

SCOPES: dict[str, Scope] = {
    "GET /me": Scope.READ,
    "GET /me/notifications": Scope.READ,
    "GET /me/notification-preferences": Scope.READ,
    "GET /projects": Scope.READ,
    "GET /projects/{project_id}": Scope.READ,
    "GET /projects/{project_id}/public-preview": Scope.READ,
    "GET /projects/{project_id}/documents": Scope.READ,
    "GET /documents/{document_id}": Scope.READ,
    "GET /documents/{document_id}/content": Scope.READ,
    "GET /verifications": Scope.READ,
    "GET /verifications/{verification_id}": Scope.READ,
    "GET /verifications/{verification_id}/events": Scope.READ,
    "GET /credits": Scope.READ,
    "GET /credits/{serial}": Scope.READ,
    "GET /credits/{serial}/transactions": Scope.READ,
    "GET /credits/{serial}/lineage": Scope.READ,
    "GET /transactions/{transaction_id}": Scope.READ,
    "GET /transactions/{transaction_id}/openings": Scope.READ,
    "GET /retirements": Scope.READ,
    "GET /retirements/{retirement_id}": Scope.READ,
    "GET /retirements/{retirement_id}/openings": Scope.READ,
    "GET /ingestions": Scope.READ,
    "GET /ingestions/{ingestion_id}": Scope.READ,
    "GET /ingestions/{ingestion_id}/issues": Scope.READ,
    "GET /ingestions/{ingestion_id}/issues.csv": Scope.READ,
    "GET /ingestions/{ingestion_id}/issues.json": Scope.READ,
    "GET /verifications/{verification_id}/workflow": Scope.AUDIT_READ,
    "GET /retirements/{retirement_id}/workflow": Scope.AUDIT_READ,
    "GET /buffer": Scope.AUDIT_READ,
    "GET /chain/records": Scope.AUDIT_READ,
    "GET /chain/records/{record_id}": Scope.AUDIT_READ,
    "GET /chain/wallet": Scope.AUDIT_READ,
    "GET /admin/alerts": Scope.AUDIT_READ,
    "GET /audit-logs": Scope.AUDIT_READ,
    "GET /audit-logs/download": Scope.AUDIT_READ,
    "GET /audit-logs/{seq}": Scope.AUDIT_READ,
    "GET /events": Scope.AUDIT_READ,
    "GET /webhooks": Scope.AUDIT_READ,
    "GET /webhooks/{webhook_id}": Scope.AUDIT_READ,
    "GET /webhooks/{webhook_id}/deliveries": Scope.AUDIT_READ,
    "POST /projects": Scope.PROJECTS_WRITE,
    "POST /verifications/{verification_id}/events": Scope.PROJECTS_WRITE,
    "POST /projects/{project_id}/documents": Scope.DOCUMENTS_WRITE,
    "POST /verifications/{verification_id}/documents": Scope.DOCUMENTS_WRITE,
    "POST /documents/{document_id}/complete": Scope.DOCUMENTS_WRITE,
    "POST /ingestions": Scope.INGESTIONS_WRITE,
    "POST /ingestions/{ingestion_id}/complete": Scope.INGESTIONS_WRITE,
    "POST /credits/{serial}/transfer": Scope.CREDITS_WRITE,
    "POST /credits/{serial}/retire": Scope.CREDITS_WRITE,
    "POST /retirements": Scope.CREDITS_WRITE,
}
"""Method and path below /api/v1, as the OpenAPI document has them."""


def require_scope(request: Request, scopes: tuple[Scope, ...]) -> None:
    """
    Raises:
        Forbidden: no key may make this call, or this one may not.
    """
    path: str = request.scope["route"].path
    needed = SCOPES.get(f"{request.method} {path.removeprefix(PREFIX)}")
    if needed is None:
        raise Forbidden("No API key may do that; sign in instead.")
    if needed not in scopes:
        raise Forbidden(f"This API key may not do that: it lacks the scope “{needed}”.")
