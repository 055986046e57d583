"""Exports, erasures and consents, written; and all rows that name an account."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.personal_data.data_keys import seal
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    account_acts,
    account_tokens,
    api_keys,
    audit_logs,
    consents,
    credit_entries,
    data_exports,
    erasures,
    metadata,
    notification_settings,
    passkeys,
    projects,
    sessions,
    users,
    verification_requests,
    wallet_challenges,
)
from domain.accounts.personal_data import Consent, DataExport, Erasure, ErasureFacts
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Role
from domain.credits.ledger import EntryStatus
from domain.projects.verification import VerificationStatus

ROWS_MAX = 100_000
_SECRETS = ("password_hash", "token_hash", "key_hash", "device_hash", "email_hash", "secret")
"""How columns end that prove a secret, or are one."""

_NOT_TOLD = {"wallet_challenges", "drafts", "idempotency_keys", "activity_effects"}
"""What is swept within days, and holds nothing that is not elsewhere."""

_HELD = tuple(
    status.value
    for status in (
        EntryStatus.ACTIVE,
        EntryStatus.RESERVED,
        EntryStatus.SUSPENDED,
        EntryStatus.BUFFER,
    )
)
_UNDECIDED = (VerificationStatus.PENDING.value, VerificationStatus.IN_REVIEW.value)
_OPEN = and_(
    erasures.c.withdrawn_at.is_(None),
    erasures.c.erased_at.is_(None),
    erasures.c.refused_at.is_(None),
)
NO_PASSWORD = "!"  # noqa: S105 -- no bcrypt hash, so that no password fits


class PostgresOwnData:
    """`activities.ports.own_data.OwnData`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add_consent(self, consent: Consent) -> None:
        await self._connection.execute(insert(consents).values(row_of(consent)))

    async def add_consent_of_unconfirmed(self, consent: Consent, *, email: str) -> None:
        row = row_of(consent)
        of_whom = select(
            *(
                users.c.id if name == "user_id" else literal(value, consents.c[name].type)
                for name, value in row.items()
            )
        ).where(users.c.email == email, users.c.email_verified.is_(False))
        await self._connection.execute(insert(consents).from_select(list(row), of_whom))

    async def add_export(self, export: DataExport) -> None:
        await self._connection.execute(insert(data_exports).values(row_of(export)))

    async def newest_export(self, user_id: UUID) -> DataExport | None:
        await self._connection.execute(
            select(users.c.id).where(users.c.id == user_id).with_for_update()
        )
        found = await self._connection.execute(
            select(data_exports)
            .where(data_exports.c.user_id == user_id)
            .order_by(data_exports.c.requested_at.desc())
            .limit(1)
        )
        row = found.mappings().one_or_none()
        return value_of(DataExport, row) if row else None

    async def lock_export(self, export_id: UUID) -> DataExport | None:
        found = await self._connection.execute(
            select(data_exports).where(data_exports.c.id == export_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(DataExport, row) if row else None

    async def note_export_ready(self, export_id: UUID, at: datetime, *, size_bytes: int) -> None:
        await self._set(data_exports, export_id, ready_at=at, size_bytes=size_bytes)

    async def note_export_removed(self, export_id: UUID, at: datetime) -> None:
        await self._set(data_exports, export_id, removed_at=at)

    async def exports_made_before(self, before: datetime) -> Sequence[DataExport]:
        found = await self._connection.execute(
            select(data_exports).where(
                data_exports.c.requested_at < before,
                data_exports.c.ready_at.is_not(None),
                data_exports.c.removed_at.is_(None),
            )
        )
        return [value_of(DataExport, row) for row in found.mappings()]

    async def exports_waiting(self) -> Sequence[UUID]:
        found = await self._connection.execute(
            select(data_exports.c.id)
            .where(data_exports.c.ready_at.is_(None), data_exports.c.removed_at.is_(None))
            .order_by(data_exports.c.requested_at)
        )
        return list(found.scalars())

    async def everything_of(self, user_id: UUID) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        told: dict[str, Sequence[Mapping[str, Any]]] = {}
        for table in metadata.sorted_tables:
            names = _columns_of_people(table)
            if table.name in _NOT_TOLD or not names:
                continue
            shown = [column for column in table.columns if not column.name.endswith(_SECRETS)]
            found = await self._connection.execute(
                select(*shown)
                .where(or_(*(table.c[name] == user_id for name in names)))
                .limit(ROWS_MAX)
            )
            told[table.name] = [dict(row) for row in found.mappings()]
        return told

    async def add_erasure(self, erasure: Erasure) -> bool:
        found = await self._connection.execute(
            insert_unless(erasures)
            .values(row_of(erasure))
            .on_conflict_do_nothing()
            .returning(erasures.c.id)
        )
        return found.one_or_none() is not None

    async def open_erasure(self, user_id: UUID) -> Erasure | None:
        found = await self._connection.execute(
            select(erasures).where(erasures.c.user_id == user_id, _OPEN).with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(Erasure, row) if row else None

    async def lock_erasure(self, erasure_id: UUID) -> Erasure | None:
        found = await self._connection.execute(
            select(erasures).where(erasures.c.id == erasure_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(Erasure, row) if row else None

    async def end_erasure(
        self,
        erasure_id: UUID,
        *,
        withdrawn_at: datetime | None = None,
        erased_at: datetime | None = None,
        refused_at: datetime | None = None,
    ) -> None:
        await self._set(
            erasures,
            erasure_id,
            withdrawn_at=withdrawn_at,
            erased_at=erased_at,
            refused_at=refused_at,
        )

    async def note_reminded(self, erasure_id: UUID, at: datetime) -> None:
        await self._set(erasures, erasure_id, reminded_at=at)

    async def open_erasures(self) -> Sequence[Erasure]:
        found = await self._connection.execute(
            select(erasures).where(_OPEN).order_by(erasures.c.erase_at)
        )
        return [value_of(Erasure, row) for row in found.mappings()]

    async def erasure_facts(self, user_id: UUID) -> ErasureFacts:
        administrators = (
            select(users.c.id)
            .where(
                users.c.role == Role.ADMINISTRATOR.value,
                users.c.id != REGISTRY_ACCOUNT_ID,
                users.c.email_verified,
                users.c.locked_at.is_(None),
            )
            .order_by(users.c.id)
            .with_for_update()
        )
        active = list((await self._connection.execute(administrators)).scalars())
        await self._connection.execute(
            select(users.c.id).where(users.c.id == user_id).with_for_update()
        )
        held = select(func.coalesce(func.sum(credit_entries.c.quantity_units), 0)).where(
            credit_entries.c.owner_id == user_id, credit_entries.c.status.in_(_HELD)
        )
        undecided = select(func.count()).where(
            verification_requests.c.status.in_(_UNDECIDED),
            or_(
                verification_requests.c.developer_id == user_id,
                verification_requests.c.verifier_id == user_id,
            ),
        )
        return ErasureFacts(
            units_held=int((await self._connection.execute(held)).scalar_one()),
            open_verifications=int((await self._connection.execute(undecided)).scalar_one()),
            is_last_administrator=active == [user_id],
        )

    async def erase(self, user_id: UUID, *, name: str, email: str, at: datetime) -> None:
        stands_on_pages = exists().where(projects.c.developer_id == user_id) | exists().where(
            verification_requests.c.verifier_id == user_id
        )
        is_public = (await self._connection.execute(select(stands_on_pages))).scalar_one()
        sealed = await seal(self._connection, users, user_id, name=name, email=email)
        kept = {} if is_public else {"company": None}
        await self._connection.execute(
            select(func.karbonica_set_password(user_id, NO_PASSWORD, at))
        )
        await self._connection.execute(
            update(users)
            .where(users.c.id == user_id)
            .values(
                **sealed,
                **kept,
                email_hash=email,
                wallet_address=None,
                wallet_key_hash=None,
                wallet_linked_at=None,
                wallet_verified_at=None,
                email_verified=False,
                mails_notifications=False,
                locked_at=func.coalesce(users.c.locked_at, at),
                erased_at=at,
                updated_at=at,
            )
        )
        await self._connection.execute(
            update(sessions)
            .where(sessions.c.user_id == user_id)
            .values(
                ended_at=func.coalesce(sessions.c.ended_at, at),
                ip_address=None,
                user_agent=None,
                device_hash=None,
            )
        )
        await self._connection.execute(
            update(api_keys)
            .where(api_keys.c.user_id == user_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        await self._connection.execute(
            update(account_tokens)
            .where(account_tokens.c.user_id == user_id, account_tokens.c.used_at.is_(None))
            .values(used_at=at)
        )
        await self._connection.execute(
            update(account_acts).where(account_acts.c.user_id == user_id).values(reason=None)
        )
        for theirs in (wallet_challenges, passkeys):
            await self._connection.execute(delete(theirs).where(theirs.c.user_id == user_id))
        await self._connection.execute(
            update(notification_settings)
            .where(notification_settings.c.user_id == user_id)
            .values(time_zone="UTC")
        )

    async def _set(self, table: Table, row_id: UUID, **columns: object) -> None:
        await self._connection.execute(update(table).where(table.c.id == row_id).values(**columns))


def _columns_of_people(table: Table) -> list[str]:
    """Those that name an account."""
    if table is users:
        return ["id"]
    if table is audit_logs:
        return ["user_id"]
    return [
        column.name
        for column in table.columns
        if any(key.column is users.c.id for key in column.foreign_keys)
    ]
