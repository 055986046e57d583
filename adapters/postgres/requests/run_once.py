"""What activities have brought about; the primary key has the last word on running one twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import UpdateBase, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.tables import activity_effects
from adapters.postgres.write_batching import BatchingConnection

# Made once: on the way of every ledger write, building a statement costs as much as sending it.
_CLAIM = insert(activity_effects).on_conflict_do_nothing().returning(activity_effects.c.key)
_RESULT = select(activity_effects.c.result).where(activity_effects.c.key == bindparam("of_key"))


@dataclass(frozen=True)
class _Finish:
    def statement(self, prefix: str) -> UpdateBase:
        return (
            update(activity_effects)
            .where(activity_effects.c.key == bindparam(f"{prefix}0_of_key"))
            .values(result=bindparam(f"{prefix}0_answer"))
        )


class PostgresActivityResults:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def claim(self, key: str) -> bool:
        """The unique index makes a second claimant wait for the first one's transaction to end."""
        claimed = await self._connection.execute(_CLAIM, {"key": key})
        return claimed.one_or_none() is not None

    async def finish(self, key: str, result: Mapping[str, Any]) -> None:
        self._connection.write_later(_Finish(), {"of_key": key, "answer": dict(result)})

    async def result(self, key: str) -> Mapping[str, Any]:
        result = await self.known(key)
        if result is None:
            raise LookupError("nothing was brought about under this key")
        return result

    async def known(self, key: str) -> Mapping[str, Any] | None:
        found = await self._connection.execute(_RESULT, {"of_key": key})
        result: Mapping[str, Any] | None = found.scalar_one_or_none()
        return result
