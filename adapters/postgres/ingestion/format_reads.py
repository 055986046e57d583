"""Formats that people made, read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import public_ingestion_formats
from adapters.postgres.queries import read_one
from adapters.postgres.rows import value_of
from adapters.postgres.tables import ingestion_format_drafts, ingestion_formats, users
from domain.accounts.roles import Account
from domain.ingestion.mapping.stored_formats import REVIEWERS, FormatReview, StoredFormat

VERSIONS_MAX = 200


@dataclass(frozen=True)
class PublicFormat:
    """The newest reviewed version, with the sample that may be published."""

    id: str
    version: int
    declared: Mapping[str, Any]
    sample: Sequence[Sequence[str]]
    saved_at: datetime


@dataclass(frozen=True)
class StoredFormatView:
    """A version, with the names of who saved and reviewed it; None where whoever asks may not see them."""

    stored: StoredFormat
    saved_by: str | None
    reviewed_by: str | None


@dataclass(frozen=True)
class FormatDraft:
    id: UUID
    file_name: str
    content: bytes
    choices: Mapping[str, Any]
    created_at: datetime


async def published(connection: AsyncConnection) -> Sequence[PublicFormat]:
    """Seen by: everybody."""
    table = public_ingestion_formats.c
    found = await connection.execute(
        select(public_ingestion_formats).distinct(table.id).order_by(table.id, table.version.desc())
    )
    return [value_of(PublicFormat, row) for row in found.mappings()]


async def usable(connection: AsyncConnection, *, account: Account) -> Sequence[StoredFormat]:
    """
    The newest version of each format that the account's files may be mapped by.

    Seen by: whoever saved them, and once they are reviewed everybody with an account.
    """
    table = ingestion_formats.c
    found = await connection.execute(
        select(ingestion_formats)
        .ext(distinct_on(table.id))
        .where(
            or_(table.review == FormatReview.ACCEPTED.value, table.saved_by == account.id),
        )
        .order_by(table.id, table.version.desc())
    )
    return [value_of(StoredFormat, row) for row in found.mappings()]


async def versions(
    connection: AsyncConnection, *, account: Account, format_id: str | None = None
) -> Sequence[StoredFormatView]:
    """
    All versions, those that wait for a review first, then the newest; 200 at most.

    Seen by: whoever saved them, verifiers and staff; once they are reviewed everybody with an account.
    """
    table = ingestion_formats.c
    query = (
        _with_names()
        .where(_sees(account))
        .order_by(
            (table.review != FormatReview.WAITING.value),
            table.saved_at.desc(),
            table.version.desc(),
        )
        .limit(VERSIONS_MAX)
    )
    if format_id is not None:
        query = query.where(table.id == format_id)
    return [_view(row) for row in (await connection.execute(query)).mappings()]


async def version(
    connection: AsyncConnection, format_id: str, number: int, *, account: Account
) -> StoredFormatView | None:
    """Seen by: as `versions`."""
    table = ingestion_formats.c
    row = await read_one(
        connection,
        _with_names().where(table.id == format_id, table.version == number, _sees(account)),
    )
    return _view(row) if row else None


async def draft(
    connection: AsyncConnection, draft_id: UUID, *, account: Account
) -> FormatDraft | None:
    """Seen by: whoever works on it."""
    row = await read_one(
        connection,
        select(ingestion_format_drafts).where(
            ingestion_format_drafts.c.id == draft_id,
            ingestion_format_drafts.c.saved_by == account.id,
        ),
    )
    return value_of(FormatDraft, row) if row else None


def _sees(account: Account) -> ColumnElement[bool]:
    if account.role in REVIEWERS:
        return true()
    return or_(
        ingestion_formats.c.review == FormatReview.ACCEPTED.value,
        ingestion_formats.c.saved_by == account.id,
    )


def _with_names() -> Any:
    saved, reviewed = users.alias("saved"), users.alias("reviewed")
    return (
        select(
            ingestion_formats,
            saved.c.name.label("saved_by_name"),
            reviewed.c.name.label("reviewed_by_name"),
        )
        .outerjoin(saved, saved.c.id == ingestion_formats.c.saved_by)
        .outerjoin(reviewed, reviewed.c.id == ingestion_formats.c.reviewed_by)
    )


def _view(row: Any) -> StoredFormatView:
    return StoredFormatView(
        value_of(StoredFormat, row), row["saved_by_name"], row["reviewed_by_name"]
    )
