"""The audit log, chained: the head row's lock gives entries their order."""

from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of
from adapters.postgres.tables import audit_head, audit_logs
from domain.audit import AuditEntry, entry_hash


async def append(connection: AsyncConnection, entries: Sequence[AuditEntry]) -> None:
    """Call it last in a transaction: from here to the commit nobody else can append."""
    if not entries:
        return
    head = (await connection.execute(select(audit_head).with_for_update())).one()
    seq: int = head.seq
    previous: str = head.hash
    for entry in entries:
        seq += 1
        digest = entry_hash(seq, previous, entry)
        row = row_of(entry) | {"seq": seq, "previous_hash": previous, "hash": digest}
        await connection.execute(insert(audit_logs).values(row))
        previous = digest
    await connection.execute(update(audit_head).values(seq=seq, hash=previous))
