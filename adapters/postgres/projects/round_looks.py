"""How far an account has looked at a round, written."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import audit_head, round_looks


class PostgresRoundLooks:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def look(
        self, account_id: UUID, verification_id: UUID, *, up_to: int | None, at: datetime
    ) -> None:
        newest = select(audit_head.c.seq).scalar_subquery()
        # Nobody has looked further than the log goes, and what was seen once stays seen.
        seen = newest if up_to is None else func.least(newest, up_to)
        statement = insert(round_looks).values(
            account_id=account_id, verification_id=verification_id, seq=seen, looked_at=at
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["account_id", "verification_id"],
                set_={
                    "seq": func.greatest(round_looks.c.seq, statement.excluded.seq),
                    "looked_at": func.greatest(
                        round_looks.c.looked_at, statement.excluded.looked_at
                    ),
                },
            )
        )
