"""The audit log as JSON."""

from typing import Any

from pydantic import ConfigDict, Field

from adapters.postgres.audit.reads import AnchorView
from api.http.schema import Moment, ResponseSchema
from api.rest.audit.examples.log import AUDIT_ANCHOR, AUDIT_ENTRY, AUDIT_HEAD
from domain.audit.log import PublicEntry
from domain.chain.records import RecordStatus


class AnchorResponse(ResponseSchema):
    """A chain record that names the entry `seq` and its hash."""

    model_config = ConfigDict(json_schema_extra={"examples": [AUDIT_ANCHOR]})

    seq: int
    hash: str
    status: RecordStatus
    tx_hash: str | None
    block_height: int | None
    confirmations: int = Field(description="Blocks on top of the one that holds it.")
    queued_at: Moment


class AuditHeadResponse(ResponseSchema):
    """The newest entry, and the newest anchor on the chain or on its way."""

    model_config = ConfigDict(json_schema_extra={"examples": [AUDIT_HEAD]})

    seq: int = Field(description="0 while the log is empty.")
    hash: str
    newest_anchor: AnchorResponse | None


class DisclosureResponse(ResponseSchema):
    """SHA-256 over the canonical JSON (RFC 8785) of [salt, value] is the commitment."""

    salt: str
    value: Any


class AuditEntryResponse(ResponseSchema):
    """
    An entry without personal data.

    `hash` is SHA-256 over the canonical JSON (RFC 8785) of an object with exactly `hashVersion`,
    `seq`, `previousHash`, `eventType`, `action`, `resourceType`, `at` and `commitments`. Entries of
    hash version 1 have no commitments, and only their place in the chain can be checked.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [AUDIT_ENTRY]})

    seq: int
    previous_hash: str
    hash: str
    hash_version: int
    event_type: str
    action: str
    resource_type: str
    at: str = Field(
        description="RFC 3339 in UTC, exactly as it was hashed.",
        json_schema_extra={"format": "date-time"},
    )
    commitments: dict[str, str] | None
    disclosed: dict[str, DisclosureResponse] = Field(
        description="What was committed to, where that is public anyway."
    )


def anchor_response(anchor: AnchorView) -> AnchorResponse:
    return AnchorResponse(
        seq=anchor.seq,
        hash=anchor.hash,
        status=RecordStatus(anchor.status),
        tx_hash=anchor.tx_hash,
        block_height=anchor.block_height,
        confirmations=anchor.confirmations or 0,
        queued_at=anchor.queued_at,
    )


def entry_response(entry: PublicEntry) -> AuditEntryResponse:
    return AuditEntryResponse(
        seq=entry.seq,
        previous_hash=entry.previous_hash,
        hash=entry.hash,
        hash_version=entry.hash_version,
        event_type=entry.event_type,
        action=entry.action,
        resource_type=entry.resource_type,
        at=entry.at,
        commitments=dict(entry.commitments) if entry.commitments is not None else None,
        disclosed={
            name: DisclosureResponse(salt=shown.salt, value=shown.value)
            for name, shown in entry.disclosed.items()
        },
    )
