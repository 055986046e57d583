"""What happened in a round since an account last looked: from the audit log, in the order of its numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import audit_head, round_looks
from domain.accounts.roles import Account

CHANGES_MAX = 200


@dataclass(frozen=True)
class FieldChange:
    """`before` and `after` as the audit log has them: never what somebody wrote."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RoundChange:
    """`resource_id` is of a project, verification, document or finding; `actor_role` None: the registry."""

    seq: int
    event_type: str
    resource_type: str
    resource_id: UUID
    actor_role: str | None
    at: datetime
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class RoundChanges:
    """
    `up_to` is what has now been seen, to be marked so; `more`: there are changes beyond `CHANGES_MAX`.

    `looked_at` None: the account has never looked, and all of the round is new to it.
    """

    looked_at: datetime | None
    up_to: int
    changes: Sequence[RoundChange]
    more: bool


# What counts is in the table of the round's things, and neither a read nor a promise of bytes. Each is
# found by the index on resources; the log is never read through.
_CHANGES = text("""
    WITH things (resource_type, resource_id) AS (
        SELECT 'project', CAST(:project_id AS uuid)
        UNION ALL SELECT 'verification', CAST(:verification_id AS uuid)
        UNION ALL SELECT 'document', id FROM documents WHERE verification_id = :verification_id
        UNION ALL SELECT 'finding', id FROM findings WHERE verification_id = :verification_id
    )
    SELECT entry.seq, entry.event_type, entry.resource_type, entry.resource_id, entry.changes, entry.at,
           actor.role AS actor_role
      FROM things JOIN audit_logs entry USING (resource_type, resource_id)
      LEFT JOIN public_accounts actor ON actor.id = entry.user_id
     WHERE entry.seq > :seen AND entry.seq <= :up_to
       AND entry.user_id IS DISTINCT FROM CAST(:reader AS uuid)
       AND entry.event_type NOT IN ('document.announced', 'document.downloaded', 'verification.conflict_declared')
       AND jsonb_typeof(entry.changes -> 'after') = 'object'
     ORDER BY entry.seq LIMIT :limit
""").bindparams(bindparam("seen", type_=BigInteger), bindparam("up_to", type_=BigInteger))


async def round_changes(
    connection: AsyncConnection, verification_id: UUID, project_id: UUID, *, account: Account
) -> RoundChanges:
    """
    What others did since the account last looked, the oldest first.

    Seen by: whoever may see the verification, which the caller has read with the account that asks.
    """
    looked = await connection.execute(
        select(round_looks.c.seq, round_looks.c.looked_at).where(
            round_looks.c.account_id == account.id,
            round_looks.c.verification_id == verification_id,
        )
    )
    seen = looked.one_or_none()
    up_to: int = (await connection.execute(select(audit_head.c.seq))).scalar_one()
    found = await connection.execute(
        _CHANGES,
        {
            "project_id": project_id,
            "verification_id": verification_id,
            "seen": seen.seq if seen else 0,
            "up_to": up_to,
            "reader": account.id,
            "limit": CHANGES_MAX + 1,
        },
    )
    changes = [
        RoundChange(
            seq=row["seq"],
            event_type=row["event_type"],
            resource_type=row["resource_type"],
            resource_id=row["resource_id"],
            actor_role=row["actor_role"],
            at=row["at"],
            # Of a verification its own call says more; who countersigned is for staff.
            fields=() if row["resource_type"] == "verification" else _fields(row["changes"]),
        )
        for row in found.mappings()
    ]
    shown, more = changes[:CHANGES_MAX], len(changes) > CHANGES_MAX
    return RoundChanges(
        looked_at=seen.looked_at if seen else None,
        # What is not shown has not been seen.
        up_to=shown[-1].seq if more else up_to,
        changes=shown,
        more=more,
    )


def _fields(changes: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Those whose value is another than before; of something new all of them."""
    before: Mapping[str, Any] = changes.get("before") or {}
    after: Mapping[str, Any] = changes["after"]
    return tuple(
        FieldChange(name, before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )
