"""The audit log, chained: the head row's lock gives entries their order; and its months (ADR 0070)."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, Integer, Text, bindparam, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    audit_archives,
    audit_head,
    audit_logs,
    chain_records,
)
from domain.audit.archives import AuditArchive, AuditMonth
from domain.audit.log import (
    HASH_VERSION,
    SALT_BYTES,
    AuditEntry,
    AuditHead,
    ChainedEntry,
    text_around_link,
    with_source_committed,
)

_LINK = ("before_hash", "before_seq", "after_seq")
_WRITTEN = (
    "hash_version",
    "salt",
    "event_type",
    "action",
    "user_id",
    "resource_type",
    "resource_id",
    "changes",
    "source",
    "at",
)
# The whole registry waits for the head's row, so it is held for one statement and the commit. The
# hash is therefore made where the head is: its text is complete but for the link to the entry
# before. `old` and `new` are the row that was waited for, not the one that the statement began with.
_APPEND = text("""
    WITH head AS (
        UPDATE audit_head
           SET seq = seq + 1,
               hash = encode(sha256(convert_to(
                   :before_hash || hash || :before_seq || (seq + 1)::text || :after_seq, 'UTF8'
               )), 'hex')
        RETURNING new.seq AS seq, old.hash AS previous_hash, new.hash AS hash
    )
    INSERT INTO audit_logs (seq, previous_hash, hash, hash_version, salt, event_type, action,
                            user_id, resource_type, resource_id, changes, source, at)
    SELECT head.seq, head.previous_hash, head.hash, :hash_version, :salt, :event_type, :action,
           :user_id, :resource_type, :resource_id, :changes, :source, :at
      FROM head
""").bindparams(
    *(bindparam(name, type_=Text()) for name in _LINK),
    *(bindparam(name, type_=audit_logs.c[name].type) for name in _WRITTEN),
)

# A read does not wait for the disk: should PostgreSQL itself crash, notes of its last half second are lost.
_QUEUE = text("""
    INSERT INTO audit_queue (hash_version, salt, event_type, action, user_id, resource_type, resource_id,
                             changes, source, at, before_hash, before_seq, after_seq)
    SELECT :hash_version, :salt, :event_type, :action, :user_id, :resource_type, :resource_id,
           :changes, :source, :at, :before_hash, :before_seq, :after_seq
     WHERE set_config('synchronous_commit', 'off', true) = 'off'
""").bindparams(
    *(bindparam(name, type_=Text()) for name in _LINK),
    *(bindparam(name, type_=audit_logs.c[name].type) for name in _WRITTEN),
)
_CHAIN_QUEUE = text("SELECT karbonica_chain_audit_queue(:entries_max)").bindparams(
    bindparam("entries_max", type_=Integer())
)
_ADD_MONTHS = text("SELECT karbonica_add_audit_partitions(:since, :months)").bindparams(
    bindparam("since", type_=Date()), bindparam("months", type_=Integer())
)
_DROP_MONTH = text("SELECT karbonica_drop_audit_month(:month)").bindparams(
    bindparam("month", type_=Date())
)
# Of the parent's partitions, also those without an entry: their ranges are empty and in order.
_OLDEST_MONTH = text("""
    SELECT to_date(right(c.relname, 7), 'YYYY_MM') AS month,
           coalesce(b.first_seq, n.next_seq) AS first_seq,
           coalesce(b.last_seq, n.next_seq - 1) AS last_seq,
           coalesce(b.previous_hash, n.previous_hash) AS previous_hash,
           coalesce(b.hash, n.previous_hash) AS last_hash
      FROM (SELECT relname FROM pg_class p JOIN pg_namespace n ON n.oid = p.relnamespace
             WHERE relispartition AND relkind = 'r' AND nspname = 'audit_partitions'
             -- By its name alone: what looks a table up in that schema (regclass) needs a right to it.
             ORDER BY relname LIMIT 1) c
      CROSS JOIN LATERAL (
           SELECT min(seq) AS first_seq, max(seq) AS last_seq,
                  (array_agg(previous_hash ORDER BY seq))[1] AS previous_hash,
                  (array_agg(hash ORDER BY seq DESC))[1] AS hash
             FROM audit_logs WHERE month = to_date(right(c.relname, 7), 'YYYY_MM')) b
      CROSS JOIN LATERAL (
           -- Of what is left after it; of the head when nothing is.
           SELECT coalesce(l.seq, h.seq + 1) AS next_seq,
                  coalesce(l.previous_hash, h.hash) AS previous_hash
             FROM audit_head h LEFT JOIN (SELECT seq, previous_hash FROM audit_logs
                                           ORDER BY seq LIMIT 1) l ON true) n
""")


class PostgresAuditLog:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._added: list[AuditEntry] = []

    def add(self, entry: AuditEntry) -> None:
        self._added.append(entry)

    async def append_added(self) -> None:
        """Call it last in a transaction: from here to the commit nobody else can append."""
        for added in self._added:
            await self._connection.execute(_APPEND, _prepared(added))

    async def head(self) -> AuditHead:
        row = (await self._connection.execute(select(audit_head.c.seq, audit_head.c.hash))).one()
        return AuditHead(row.seq, row.hash)

    async def anchored_seq(self) -> int:
        found = await self._connection.execute(select(func.max(chain_records.c.audit_seq)))
        return found.scalar_one() or 0

    async def chain_queued(self, entries_max: int) -> int:
        chained: int = (
            await self._connection.execute(_CHAIN_QUEUE, {"entries_max": entries_max})
        ).scalar_one()
        return chained

    async def add_months(self, since: date, months: int) -> int:
        added: int = (
            await self._connection.execute(_ADD_MONTHS, {"since": since, "months": months})
        ).scalar_one()
        return added

    async def oldest_month(self) -> AuditMonth | None:
        found = await self._connection.execute(_OLDEST_MONTH)
        row = found.mappings().one_or_none()
        return value_of(AuditMonth, row) if row else None

    async def entries_of(
        self, month: AuditMonth, *, after: int, limit: int
    ) -> Sequence[ChainedEntry]:
        found = await self._connection.execute(
            select(audit_logs)
            .where(audit_logs.c.month == month.month, audit_logs.c.seq > after)
            .order_by(audit_logs.c.seq)
            .limit(limit)
        )
        return [
            value_of(ChainedEntry, row, entry=value_of(AuditEntry, row)) for row in found.mappings()
        ]

    async def anchored_in(self, month: AuditMonth) -> frozenset[int]:
        found = await self._connection.execute(
            select(chain_records.c.audit_seq).where(
                chain_records.c.audit_seq.between(month.first_seq, month.last_seq)
            )
        )
        return frozenset(found.scalars())

    async def keep_archive(self, archive: AuditArchive) -> None:
        await self._connection.execute(insert(audit_archives).values(row_of(archive)))

    async def archive_of(self, month: date) -> AuditArchive | None:
        found = await self._connection.execute(
            select(audit_archives).where(audit_archives.c.month == month)
        )
        row = found.mappings().one_or_none()
        return value_of(AuditArchive, row) if row else None

    async def drop_month(self, month: date) -> None:
        await self._connection.execute(_DROP_MONTH, {"month": month})


async def queue_entry(connection: AsyncConnection, entry: AuditEntry) -> None:
    """One statement, which waits for nobody; the worker chains it within seconds (ADR 0070)."""
    await connection.execute(_QUEUE, _prepared(entry))


def _prepared(entry: AuditEntry) -> Mapping[str, Any]:
    """All of its row that does not depend on the entry before, and what is hashed around the link."""
    salt = secrets.token_bytes(SALT_BYTES)
    committed = with_source_committed(entry, salt)
    link = dict(zip(_LINK, text_around_link(committed, salt), strict=True))
    return row_of(committed) | {"hash_version": HASH_VERSION, "salt": salt} | link
