"""The audit log, chained: the head row's lock gives entries their order."""

import secrets
from collections.abc import Sequence

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of
from adapters.postgres.tables import audit_head, audit_logs, chain_records
from domain.audit import SALT_BYTES, AuditEntry, AuditHead, chain_entry


async def append(connection: AsyncConnection, entries: Sequence[AuditEntry]) -> None:
    """Call it last in a transaction: from here to the commit nobody else can append."""
    if not entries:
        return
    head = (await connection.execute(select(audit_head).with_for_update())).one()
    seq: int = head.seq
    previous: str = head.hash
    for entry in entries:
        seq += 1
        chained = chain_entry(seq, previous, entry, secrets.token_bytes(SALT_BYTES))
        row = row_of(chained)
        await connection.execute(insert(audit_logs).values(row_of(row.pop("entry")) | row))
        previous = chained.hash
    await connection.execute(update(audit_head).values(seq=seq, hash=previous))


class PostgresAuditLog:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def head(self) -> AuditHead:
        row = (await self._connection.execute(select(audit_head.c.seq, audit_head.c.hash))).one()
        return AuditHead(row.seq, row.hash)

    async def anchored_seq(self) -> int:
        found = await self._connection.execute(select(func.max(chain_records.c.audit_seq)))
        return found.scalar_one() or 0
