"""The audit log as JSON."""

from typing import Any

from pydantic import ConfigDict, Field

from adapters.postgres.audit.reads import AnchorView
from api.http.schema import Moment, ResponseSchema
from api.rest.audit.examples.log import AUDIT_ANCHOR, AUDIT_ARCHIVE, AUDIT_ENTRY, AUDIT_HEAD
from domain.audit.archives import AuditArchive
from domain.audit.log import PUBLIC_RESOURCES, PublicEntry
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


class AuditArchiveResponse(ResponseSchema):
    """A month whose entries are kept outside the database."""

    model_config = ConfigDict(json_schema_extra={"examples": [AUDIT_ARCHIVE]})

    month: str = Field(description="As `2019-03`.")
    first_seq: int
    last_seq: int = Field(description="One less than `firstSeq`: it had no entry.")
    previous_hash: str
    last_hash: str
    sha256: str = Field(description="Of the file that holds its entries, as JSON Lines, gzipped.")
    size_bytes: int
    anchored: dict[str, str] = Field(
        description="Hashes of those entries that an anchor names, by number."
    )
    told: list[dict[str, Any]] = Field(description="What was disclosed of issuances.")
    archived_at: Moment


class AuditArchivesResponse(ResponseSchema):
    """All of them; there is at most one for each month that ever was."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"months": [AUDIT_ARCHIVE]}]})

    months: list[AuditArchiveResponse]


def archive_response(archive: AuditArchive) -> AuditArchiveResponse:
    return AuditArchiveResponse(
        month=f"{archive.month:%Y-%m}",
        first_seq=archive.first_seq,
        last_seq=archive.last_seq,
        previous_hash=archive.previous_hash,
        last_hash=archive.last_hash,
        sha256=archive.sha256,
        size_bytes=archive.size_bytes,
        anchored=dict(archive.anchored),
        told=[dict(one) for one in archive.told if one["resourceType"] in PUBLIC_RESOURCES],
        archived_at=archive.archived_at,
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
