"""Formats: those of the release, and those that people make, review, and try on files (ADR 0080, ADR 0103)."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from activities.audit_and_notify import Message, audit, tell
from adapters.ingestion.declared import declared_formats
from adapters.ingestion.files import ReadableFiles
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.ingestion import format_reads
from adapters.postgres.ingestion.format_reads import PublicFormat, StoredFormatView
from api.http.resources import Resources
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account
from domain.errors import Conflict, NotFound
from domain.identifiers import derived_id
from domain.ingestion.chunks import chunked
from domain.ingestion.formats import FileKind, Format, read_format
from domain.ingestion.mapping.dry_runs import DryRun, FileOutcome, dry_run, outcome_of
from domain.ingestion.mapping.stored_formats import (
    FormatReview,
    StoredFormat,
    reviewed,
)
from domain.ingestion.submissions import UnreadableFile


async def usable_formats(parts: Resources, account: Account) -> Mapping[str, Format]:
    """By their ids: those of the release, and of stored ones the newest that this account may use."""
    async with parts.reading() as connection:
        stored = await format_reads.usable(connection, account=account)
    return {**declared_formats(), **{one.id: one.format for one in stored}}


async def published_formats(
    parts: Resources,
) -> tuple[Mapping[str, Format], Sequence[PublicFormat]]:
    """Those of the release, and the newest reviewed version of each that people made."""
    async with parts.reading() as connection:
        return declared_formats(), await format_reads.published(connection)


async def published_format(parts: Resources, format_id: str) -> tuple[Format, PublicFormat | None]:
    """
    With what was stored of it, if people made it.

    Raises:
        NotFound: there is no such format.
    """
    declared, stored = await published_formats(parts)
    if format_id in declared:
        return declared[format_id], None
    found = next((one for one in stored if one.id == format_id), None)
    if found is None:
        raise NotFound("There is no such format.")
    return read_format(found.declared), found


async def outcome_by(format: Format, content: bytes) -> FileOutcome:
    """What a format makes of a small file; nothing is stored."""
    return await asyncio.to_thread(_outcome, format, content)


async def compare_versions(before: Format, after: Format, content: bytes) -> DryRun:
    """What of a small file would change by another version; nothing is stored."""
    return dry_run(await outcome_by(before, content), await outcome_by(after, content))


async def newest_version(parts: Resources, account: Account, format_id: str) -> StoredFormat | None:
    """Of those that this account may see."""
    async with parts.reading() as connection:
        found = await format_reads.versions(connection, account=account, format_id=format_id)
    return max((one.stored for one in found), key=lambda one: one.version, default=None)


async def visible_version(
    parts: Resources, account: Account, format_id: str, version: int
) -> StoredFormatView:
    """
    Raises:
        NotFound: there is no such version, or this account may not see it.
    """
    async with parts.reading() as connection:
        found = await format_reads.version(connection, format_id, version, account=account)
    if found is None:
        raise NotFound("There is no such version of a format.")
    return found


@done_as(SYSTEM)
async def review_version(
    parts: Resources,
    account: Account,
    format_id: str,
    version: int,
    *,
    is_accepted: bool,
    note: str,
) -> StoredFormat:
    """
    Say that a version reads what it says it does, or why not; whoever saved it is told.

    Raises:
        NotFound: there is no such version, or this account may not see it.
        Forbidden, Conflict, Invalid: as `domain.ingestion.mapping.stored_formats.reviewed`.
    """
    before = (await visible_version(parts, account, format_id, version)).stored
    now = parts.clock.now()
    after = reviewed(before, is_accepted=is_accepted, note=note, actor=account, at=now)
    review_id = derived_id(before.saved_by, f"format/{after.id}/{after.version}")
    async with parts.database.transaction() as work:
        if not await work.ingestion.stored_formats.save_review(after):
            raise Conflict("Somebody else has just reviewed this version.")
        audit(
            work,
            "ingestion_format.reviewed",
            ("ingestion_format", review_id),
            action="review",
            actor_id=account.id,
            before={"review": before.review.value},
            after={
                "review": after.review.value,
                "format": after.id,
                "version": after.version,
            },
            at=now,
        )
        word = "accepted" if after.review is FormatReview.ACCEPTED else "refused"
        message = Message(
            NotificationKind.FORMAT_REVIEWED,
            f"Version {after.version} of your format {after.id} was {word} by its reviewer.",
            f"/formats/{after.id}/{after.version}",
        )
        await tell(
            work,
            message.to(after.saved_by, notification_id=derived_id(review_id, "reviewed"), at=now),
        )
    return after


def _outcome(format: Format, content: bytes) -> FileOutcome:
    files = ReadableFiles()
    with TemporaryDirectory(prefix="dry-run-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            detected = files.detect(path, format)
        except UnreadableFile as refused:
            return FileOutcome(0, [], [], refused.detail)
        if detected.kind is FileKind.PARQUET:
            # Arrow is the worker's alone (ADR 0118).
            return FileOutcome(
                0, [], [], "A Parquet file is tried by sending it in; try a CSV of its first rows."
            )
        return outcome_of(chunked(files.rows(detected, format), format))
