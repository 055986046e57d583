"""The audit log as JSON for staff: with who, what, from where, and what changed."""

from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.schema import Moment, ResponseSchema
from api.rest.audit.examples.staff import AUDIT_LOG_ENTRY
from domain.audit.log import SOURCE_COMMITMENT, ChainedEntry


class AuditSourceResponse(ResponseSchema):
    """Where it was asked from, shortened before it was kept."""

    network: str | None = Field(None, description="A /24 of IPv4, a /48 of IPv6.")
    browser: str | None = Field(None, description="The browser's family.")
    api_key_id: UUID | None = Field(None, description="The API key, where a program asked.")


class AuditLogEntryResponse(ResponseSchema):
    """An entry as staff see it; `/audit-logs/{seq}` proves each value with its salt."""

    model_config = ConfigDict(json_schema_extra={"examples": [AUDIT_LOG_ENTRY]})

    seq: int
    at: Moment
    event_type: str
    action: str
    user_id: UUID | None = Field(
        description="Who acted; null: the registry itself, or nobody known."
    )
    resource_type: str
    resource_id: UUID
    before: Any
    after: Any
    changes: dict[str, Any] = Field(
        description="What else the entry says, beside `before` and `after`."
    )
    source: AuditSourceResponse | None
    hash: str


def audit_log_entry(chained: ChainedEntry) -> AuditLogEntryResponse:
    entry = chained.entry
    changes = dict(entry.changes)
    before, after = changes.pop("before", None), changes.pop("after", None)
    changes.pop(SOURCE_COMMITMENT, None)
    source = entry.source
    return AuditLogEntryResponse(
        seq=chained.seq,
        at=entry.at,
        event_type=entry.event_type,
        action=entry.action,
        user_id=entry.user_id,
        resource_type=entry.resource_type,
        resource_id=entry.resource_id,
        before=before,
        after=after,
        changes=changes,
        source=AuditSourceResponse.model_validate(dict(source)) if source is not None else None,
        hash=chained.hash,
    )
