"""Stored requests (table `drafts`): what was requested, before a workflow takes it up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import drafts

_ADD = insert(drafts).on_conflict_do_nothing()
_BODY = select(drafts.c.body).where(drafts.c.id == bindparam("request_id"))


class PostgresStoredRequests:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, request_id: UUID, account_id: UUID, body: Mapping[str, Any]) -> None:
        row = {"id": request_id, "account_id": account_id, "body": dict(body)}
        await self._connection.execute(_ADD, row)

    async def body(self, request_id: UUID) -> Mapping[str, Any] | None:
        found = await self._connection.execute(_BODY, {"request_id": request_id})
        body: Mapping[str, Any] | None = found.scalar_one_or_none()
        return body

    async def forget(self, before: datetime) -> int:
        gone = await self._connection.execute(delete(drafts).where(drafts.c.created_at < before))
        return gone.rowcount
