"""Searching the audit log, and taking it away as a file; both leave an entry in it (ADR 0070)."""

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from adapters.postgres.audit import reads as reads_audit
from adapters.postgres.audit.reads import AuditFilter
from adapters.postgres.queries import PageRequest
from api.http.identity.access_audit import note_read
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.audit.log import ChainedEntry

DOWNLOADED_MAX = 100_000
BATCH_ENTRIES = 1_000
COLUMNS = (
    *("seq", "at", "eventType", "action", "userId", "resourceType", "resourceId"),
    *("network", "browser", "apiKeyId", "changes", "previousHash", "hash"),
)


class LogFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


LOG_MEDIA_TYPES = {
    LogFormat.CSV: "text/csv; charset=utf-8",
    LogFormat.JSONL: "application/jsonl; charset=utf-8",
}


async def search_log(
    parts: Resources, account: Account, wanted: AuditFilter, page: PageRequest
) -> Sequence[ChainedEntry]:
    """
    One more than the limit where the list goes on.

    Raises:
        Forbidden: the account is not staff.
    """
    account.require(Permission.SEE_EVERYTHING)
    async with parts.reading() as connection:
        rows = await reads_audit.filtered(connection, wanted, page)
    await note_log_read(parts, account, "audit_log.searched", wanted)
    return rows


async def take_log(
    parts: Resources, account: Account, wanted: AuditFilter, format: LogFormat
) -> AsyncIterator[bytes]:
    """
    The newest 100,000 entries at the most, in pieces of a file. It is noted before the first piece.

    Raises:
        Forbidden: the account is not staff.
    """
    account.require(Permission.SEE_EVERYTHING)
    await note_log_read(parts, account, "audit_log.downloaded", wanted)
    return _pieces(parts, wanted, format)


async def note_log_read(
    parts: Resources, account: Account, event_type: str, wanted: AuditFilter
) -> None:
    """The filters are part of the entry, as far as they were given."""
    given = {
        field.name: _as_text(value)
        for field in fields(wanted)
        if (value := getattr(wanted, field.name)) is not None
    }
    await note_read(parts, account, event_type, ("account", account.id), {"filter": given})


async def _pieces(parts: Resources, wanted: AuditFilter, format: LogFormat) -> AsyncIterator[bytes]:
    if format is LogFormat.CSV:
        yield _csv_line(COLUMNS)
    async with parts.reading() as connection:
        async for chained in reads_audit.all_filtered(
            connection, wanted, batch=BATCH_ENTRIES, most=DOWNLOADED_MAX
        ):
            row = _row(chained)
            if format is LogFormat.JSONL:
                yield json.dumps(row, ensure_ascii=False).encode() + b"\n"
            else:
                changes = json.dumps(row["changes"], ensure_ascii=False)
                yield _csv_line([row[name] for name in COLUMNS[:-3]] + [changes, *_hashes(row)])


def _hashes(row: dict[str, Any]) -> list[str]:
    return [row["previousHash"], row["hash"]]


def _row(chained: ChainedEntry) -> dict[str, Any]:
    entry = chained.entry
    source = entry.source or {}
    return {
        "seq": chained.seq,
        "at": entry.at.isoformat(),
        "eventType": entry.event_type,
        "action": entry.action,
        "userId": str(entry.user_id) if entry.user_id else None,
        "resourceType": entry.resource_type,
        "resourceId": str(entry.resource_id),
        "network": source.get("network"),
        "browser": source.get("browser"),
        "apiKeyId": source.get("apiKeyId"),
        "changes": dict(entry.changes),
        "previousHash": chained.previous_hash,
        "hash": chained.hash,
    }


def _csv_line(values: Sequence[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue().encode()


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
