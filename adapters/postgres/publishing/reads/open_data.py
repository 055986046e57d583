"""The open data, read: how much there is, and the manifests of what was published. All of it is public."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import exports
from domain.publishing.open_data import Dataset


@dataclass(frozen=True)
class ManifestView:
    """`manifest` is canonical JSON, byte for byte what was hashed."""

    id: UUID
    generated_at: datetime
    manifest: bytes
    sha256: str


async def row_counts(connection: AsyncConnection) -> dict[Dataset, int]:
    """
    How many rows the files of this moment have.

    Seen by: everybody.
    """
    found = await connection.execute(
        text(
            "SELECT (SELECT count(*) FROM projects) AS projects,"
            " (SELECT count(*) FROM public_credit_entries) AS credits,"
            " (SELECT count(*) FROM public_credit_transactions WHERE retirement_id IS NOT NULL)"
            " AS retirements"
        )
    )
    row = found.mappings().one()
    return {dataset: row[dataset.value] for dataset in Dataset}


async def latest_manifest(connection: AsyncConnection) -> ManifestView | None:
    """Seen by: everybody."""
    newest = select(exports).order_by(exports.c.generated_at.desc(), exports.c.id).limit(1)
    return await _one(connection, newest)


async def stored_manifest(connection: AsyncConnection, export_id: UUID) -> ManifestView | None:
    """Seen by: everybody."""
    return await _one(connection, select(exports).where(exports.c.id == export_id))


async def _one(
    connection: AsyncConnection, query: Select[tuple[object, ...]]
) -> ManifestView | None:
    row = (await connection.execute(query)).mappings().one_or_none()
    return ManifestView(**row) if row else None
