"""Formats: those of the release, and those that people make, review, and try on files (ADR 0080, ADR 0103)."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from activities.audit_and_notify import Message, audit, tell
from adapters.ingestion.declared import declared_formats
from adapters.ingestion.files import ReadableFiles
from adapters.ingestion.first_rows import FirstRows, first_rows
from adapters.ingestion.similarity import alike
from adapters.postgres.ingestion import format_reads
from adapters.postgres.ingestion.format_reads import FormatDraft, PublicFormat, StoredFormatView
from adapters.postgres.ingestion.stored_formats import PostgresStoredFormats
from api.http.resources import Resources
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, Fault, Invalid, NotFound
from domain.identifiers import derived_id, operation_id
from domain.ingestion.chunks import chunked
from domain.ingestion.formats import BadFormat, Format, read_format
from domain.ingestion.mapping.choices import MappingChoices, choice_faults, declaration
from domain.ingestion.mapping.dry_runs import DryRun, Outcome, dry_run, outcome_of
from domain.ingestion.mapping.proposals import Proposal, proposed
from domain.ingestion.mapping.stored_formats import (
    FormatReview,
    StoredFormat,
    new_version,
    reviewed,
)
from domain.ingestion.model import IngestedKind
from domain.ingestion.submissions import UnreadableFile

DRAFT_BYTES_MAX = 900_000
DRAFT_KEPT = timedelta(days=7)
LOOKED_AT = 200
"""Rows of a sample by which columns are proposed."""
HEADER_ROWS_MAX = 60


@dataclass(frozen=True)
class Sample:
    """What was read of a draft's file: its first rows as they are, the header among them, and what follows it."""

    first: FirstRows
    header_at: int
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Tried:
    """
    What a draft makes of its sample. `faults` are of the choices, and then there is no `outcome`.

    `dry_run` compares with the newest version that has the draft's name, where there is one.
    """

    faults: Sequence[str]
    outcome: Outcome | None = None


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


async def begin_draft(
    parts: Resources,
    account: Account,
    key: str,
    *,
    kind: IngestedKind,
    file_name: str,
    content: bytes,
) -> UUID:
    """
    Keep a sample for a week, with what its columns could be.

    Raises:
        Forbidden: this account's role makes no formats.
        Invalid: the sample is empty, too large, or no table.
    """
    account.require(Permission.MAKE_FORMATS)
    if not 0 < len(content) <= DRAFT_BYTES_MAX:
        raise Invalid(
            "The sample cannot be taken.",
            Fault("/file", f"From 1 to {DRAFT_BYTES_MAX:,} bytes; a few hundred rows are enough."),
        )
    sample = await sample_of(content)
    proposals = proposals_for(kind, sample)
    choices = MappingChoices(kind, columns=tuple(one.choice for one in proposals))
    draft_id, now = operation_id(account.id, "format-draft", key), parts.clock.now()
    async with parts.engine.begin() as connection:
        await PostgresStoredFormats(connection).add_draft(
            draft_id,
            saved_by=account.id,
            file_name=file_name,
            content=content,
            choices=choices.as_json(),
            at=now,
            forget_before=now - DRAFT_KEPT,
        )
    return draft_id


async def visible_draft(parts: Resources, account: Account, draft_id: UUID) -> FormatDraft:
    """
    Raises:
        NotFound: there is no such draft of this account.
    """
    async with parts.reading() as connection:
        found = await format_reads.draft(connection, draft_id, account=account)
    if found is None:
        raise NotFound("There is no such draft.")
    return found


async def keep_choices(
    parts: Resources, account: Account, draft_id: UUID, choices: MappingChoices
) -> None:
    async with parts.engine.begin() as connection:
        await PostgresStoredFormats(connection).choose(
            draft_id, saved_by=account.id, choices=choices.as_json()
        )


async def sample_of(content: bytes) -> Sample:
    """
    Raises:
        Invalid: it is no table, or has no header.
    """
    try:
        first = await asyncio.to_thread(first_rows, content, is_whole=True, most=LOOKED_AT)
    except UnreadableFile as unreadable:
        raise Invalid(
            "The sample cannot be read.", Fault("/file", unreadable.detail)
        ) from unreadable
    at = _header_at(first)
    if at is None:
        raise Invalid(
            "The sample cannot be read.",
            Fault("/file", "No row of it has names of columns. Is it a table?"),
        )
    header = _named(first.rows[at])
    return Sample(first, at, header, first.rows[at + 1 :])


def proposals_for(kind: IngestedKind, sample: Sample) -> Sequence[Proposal]:
    """What each column of the sample could be."""
    return proposed(kind, sample.header, [list(row) for row in sample.rows], alike)


async def try_choices(choices: MappingChoices, draft: FormatDraft) -> Tried:
    """What the choices make of the draft's sample; all faults of them at once."""
    faults = list(choice_faults(choices))
    try:
        format = read_format({**declaration(choices), "id": "draft", "version": 1})
    except BadFormat as bad:
        return Tried([*faults, *(f"{fault[:1].upper()}{fault[1:]}." for fault in bad.faults)])
    if faults:
        return Tried(faults)
    return Tried([], await outcome_by(format, draft.content))


async def outcome_by(format: Format, content: bytes) -> Outcome:
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


async def save_version(
    parts: Resources,
    account: Account,
    draft_id: UUID,
    *,
    format_id: str,
    choices: MappingChoices,
    published_rows: int,
) -> StoredFormat:
    """
    Save what was chosen as the next version of a format, and forget the draft.

    `published_rows` of the sample may be shown to everybody, once the version is reviewed.

    Raises:
        Forbidden: this account's role makes no formats.
        NotFound: there is no such draft of this account.
        Invalid: with every fault of the choices, or of the name.
    """
    account.require(Permission.MAKE_FORMATS)
    draft = await visible_draft(parts, account, draft_id)
    faults = list(choice_faults(choices))
    if faults:
        raise Invalid("The format cannot be saved.", *(Fault("/columns", one) for one in faults))
    sample = await sample_of(draft.content)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        stored_formats = work.ingestion.stored_formats
        try:
            stored = new_version(
                id=format_id,
                declared=declaration(choices),
                sample=_published(sample, published_rows),
                before=await stored_formats.latest(format_id),
                is_taken=format_id in declared_formats(),
                actor=account,
                at=now,
            )
        except BadFormat as bad:
            raise Invalid(
                "The format cannot be saved.", *(Fault("/columns", one) for one in bad.faults)
            ) from bad
        await stored_formats.add(stored)
        await stored_formats.forget_draft(draft_id, saved_by=account.id)
        audit(
            work,
            "ingestion_format.saved",
            ("ingestion_format", derived_id(draft_id, f"{stored.id}/{stored.version}")),
            action="save",
            actor_id=account.id,
            before=None,
            after={"format": stored.id, "version": stored.version},
            at=now,
        )
    return stored


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


def _outcome(format: Format, content: bytes) -> Outcome:
    files = ReadableFiles()
    with TemporaryDirectory(prefix="dry-run-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            detected = files.detect(path, format)
        except UnreadableFile as refused:
            return Outcome(0, [], [], refused.detail)
        return outcome_of(chunked(files.rows(detected, format), format))


def _header_at(first: FirstRows) -> int | None:
    """The row with the most names of columns in it, the first of them."""
    best, most = None, 0
    for place, row in enumerate(first.rows[:HEADER_ROWS_MAX]):
        names = sum(
            isinstance(cell, str) and any(letter.isalpha() for letter in cell) for cell in row
        )
        if names > most and names * 2 >= sum(cell not in {None, ""} for cell in row):
            best, most = place, names
    return best


def _named(row: Sequence[Any]) -> list[str]:
    """Names of columns as a format writes them: the second of two alike has `#2` behind it."""
    names: list[str] = []
    for cell in row:
        name = "" if cell is None else str(cell).strip()
        count = sum(one == name for one in names) + 1
        names.append(name if count == 1 or not name else f"{name}#{count}")
    return names


def _published(sample: Sample, rows: int) -> list[list[str]]:
    shown = [list(sample.header), *sample.rows[:rows]]
    return [["" if cell is None else str(cell)[:200] for cell in row] for row in shown]
