"""What waits to be written to the chain, read for the signer apart from whoever asks it to sign."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import chain_records
from domain.chain.metadata import payload
from domain.chain.records import RecordStatus
from domain.chain.signing_policy import OtherMetadata


class PostgresStoredPayloads:
    """
    Implements `adapters.chain.wallet.signer.StoredPayloads`.

    It reads by a connection of its own: what the asking transaction has not committed does not
    count. A record's content never changes once it is stored (a trigger), so this is what was
    queued when the ledger moved.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def payload(self, record_ids: Sequence[UUID]) -> Mapping[str, Any]:
        query = select(chain_records.c.id, chain_records.c.record).where(
            chain_records.c.id.in_(record_ids),
            chain_records.c.status == RecordStatus.QUEUED.value,
        )
        async with self._engine.connect() as connection:
            stored = {row.id: row.record for row in await connection.execute(query)}
        # A record that is named twice is as wrong as one that is not there.
        if len(stored) != len(record_ids):
            raise OtherMetadata(
                f"Of {len(record_ids)} records to be written {len(stored)} are stored and wait."
            )
        return payload([stored[record_id] for record_id in record_ids])
