"""What somebody asked of their own data, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import value_of
from adapters.postgres.tables import consents, data_exports, erasures
from domain.accounts.personal_data import Consent, DataExport, Erasure


@dataclass(frozen=True)
class OwnDataView:
    """The newest export and erasure, and the newest consent of each kind."""

    export: DataExport | None
    erasure: Erasure | None
    consents: Sequence[Consent]


async def own_data(connection: AsyncConnection, account_id: UUID) -> OwnDataView:
    """Seen by: the account itself."""
    exported = await connection.execute(
        select(data_exports)
        .where(data_exports.c.user_id == account_id)
        .order_by(data_exports.c.requested_at.desc())
        .limit(1)
    )
    erased = await connection.execute(
        select(erasures)
        .where(erasures.c.user_id == account_id)
        .order_by(erasures.c.requested_at.desc())
        .limit(1)
    )
    said = await connection.execute(
        select(consents)
        .where(consents.c.user_id == account_id)
        .distinct(consents.c.kind)
        .order_by(consents.c.kind, consents.c.at.desc())
    )
    export, erasure = exported.mappings().one_or_none(), erased.mappings().one_or_none()
    return OwnDataView(
        export=value_of(DataExport, export) if export else None,
        erasure=value_of(Erasure, erasure) if erasure else None,
        consents=[value_of(Consent, row) for row in said.mappings()],
    )
