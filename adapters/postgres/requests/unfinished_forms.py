"""Forms that somebody has not finished yet."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import unfinished_forms

_FORM = unfinished_forms.c


class PostgresUnfinishedForms:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fields(self, account_id: UUID, form: str) -> Mapping[str, str]:
        found = await self._connection.execute(select(_FORM.fields).where(_is(account_id, form)))
        fields: Mapping[str, str] | None = found.scalar_one_or_none()
        return fields or {}

    async def save(
        self, account_id: UUID, form: str, fields: Mapping[str, str], *, at: datetime
    ) -> None:
        values = {"fields": dict(fields), "saved_at": at}
        await self._connection.execute(
            insert(unfinished_forms)
            .values(account_id=account_id, form=form, **values)
            .on_conflict_do_update(index_elements=["account_id", "form"], set_=values)
        )

    async def remove(self, account_id: UUID, form: str) -> None:
        await self._connection.execute(delete(unfinished_forms).where(_is(account_id, form)))

    async def forget(self, before: datetime) -> int:
        gone = await self._connection.execute(
            delete(unfinished_forms).where(_FORM.saved_at < before)
        )
        return gone.rowcount


def _is(account_id: UUID, form: str) -> ColumnElement[bool]:
    return (_FORM.account_id == account_id) & (_FORM.form == form)
