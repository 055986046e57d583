"""A format that somebody makes from a sample: looked at, tried, saved as a version (ADR 0103)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from activities.audit_and_notify import audit
from adapters.ingestion.declared import declared_formats
from adapters.ingestion.first_rows import FirstRows, first_rows
from adapters.ingestion.similarity import alike
from adapters.postgres.ingestion import format_reads
from adapters.postgres.ingestion.format_reads import FormatDraft
from adapters.postgres.ingestion.stored_formats import PostgresStoredFormats
from api.commands.ingestion.formats import outcome_by
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, NotFound
from domain.identifiers import derived_id, operation_id
from domain.ingestion.formats import BadFormat, read_format
from domain.ingestion.mapping.choices import MappingChoices, choice_faults, declaration
from domain.ingestion.mapping.dry_runs import FileOutcome
from domain.ingestion.mapping.proposals import ColumnProposal, proposed
from domain.ingestion.mapping.stored_formats import StoredFormat, new_version
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
    outcome: FileOutcome | None = None


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
    account.require(Permission.SUBMIT_FILE)
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


def proposals_for(kind: IngestedKind, sample: Sample) -> Sequence[ColumnProposal]:
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
    account.require(Permission.SUBMIT_FILE)
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
