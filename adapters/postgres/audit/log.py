"""The audit log, chained: the head row's lock gives entries their order."""

import secrets

from sqlalchemy import Text, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of
from adapters.postgres.tables import audit_head, audit_logs, chain_records
from domain.audit.log import (
    HASH_VERSION,
    SALT_BYTES,
    AuditEntry,
    AuditHead,
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


class PostgresAuditLog:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._added: list[AuditEntry] = []

    def add(self, entry: AuditEntry) -> None:
        self._added.append(entry)

    async def append_added(self) -> None:
        """Call it last in a transaction: from here to the commit nobody else can append."""
        for added in self._added:
            salt = secrets.token_bytes(SALT_BYTES)
            entry = with_source_committed(added, salt)
            link = dict(zip(_LINK, text_around_link(entry, salt), strict=True))
            row = row_of(entry) | {"hash_version": HASH_VERSION, "salt": salt}
            await self._connection.execute(_APPEND, row | link)

    async def head(self) -> AuditHead:
        row = (await self._connection.execute(select(audit_head.c.seq, audit_head.c.hash))).one()
        return AuditHead(row.seq, row.hash)

    async def anchored_seq(self) -> int:
        found = await self._connection.execute(select(func.max(chain_records.c.audit_seq)))
        return found.scalar_one() or 0
