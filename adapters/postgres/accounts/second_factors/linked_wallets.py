"""Wallets that people linked, and what they were asked to sign."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.accounts import LinkedWallet
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import users, wallet_challenges
from adapters.postgres.write_batching import BatchingConnection
from domain.accounts.wallet_proofs import ChallengePurpose, WalletChallenge

_NONE = dict.fromkeys(
    ("wallet_address", "wallet_key_hash", "wallet_linked_at", "wallet_verified_at")
)


async def linked_wallet(
    connection: AsyncConnection | BatchingConnection, account_id: UUID
) -> LinkedWallet | None:
    """Seen by: the account itself."""
    found = await connection.execute(
        select(users.c.wallet_address, users.c.wallet_linked_at, users.c.wallet_verified_at).where(
            users.c.id == account_id
        )
    )
    row = found.one_or_none()
    return LinkedWallet(*row) if row and row.wallet_address is not None else None


class PostgresLinkedWallets:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def of(self, account_id: UUID) -> LinkedWallet | None:
        await self._connection.execute(
            select(users.c.id).where(users.c.id == account_id).with_for_update()
        )
        return await linked_wallet(self._connection, account_id)

    async def holder(self, address: str, key_hash: str) -> UUID | None:
        found = await self._connection.execute(
            select(users.c.id)
            .where((users.c.wallet_address == address) | (users.c.wallet_key_hash == key_hash))
            .limit(1)
        )
        account_id: UUID | None = found.scalar_one_or_none()
        return account_id

    async def link(self, account_id: UUID, address: str, key_hash: str, at: datetime) -> None:
        await self._set(
            account_id,
            wallet_address=address,
            wallet_key_hash=key_hash,
            wallet_linked_at=at,
            wallet_verified_at=at,
        )

    async def note_proof(self, account_id: UUID, at: datetime) -> None:
        await self._set(account_id, wallet_verified_at=at)

    async def unlink(self, account_id: UUID) -> None:
        await self._set(account_id, **_NONE)
        await self._connection.execute(
            delete(wallet_challenges).where(wallet_challenges.c.user_id == account_id)
        )

    async def add_challenge(self, challenge: WalletChallenge, *, at: datetime) -> None:
        await self._connection.execute(
            delete(wallet_challenges).where(wallet_challenges.c.expires_at <= at)
        )
        await self._connection.execute(insert(wallet_challenges).values(row_of(challenge)))

    async def take_challenge(
        self, challenge_id: UUID, purpose: ChallengePurpose, *, asked_by: tuple[UUID, UUID] | None
    ) -> WalletChallenge | None:
        rules: list[ColumnElement[Any]] = [
            wallet_challenges.c.id == challenge_id,
            wallet_challenges.c.purpose == purpose.value,
        ]
        if asked_by is not None:
            account_id, session_id = asked_by
            rules += [
                wallet_challenges.c.user_id == account_id,
                wallet_challenges.c.session_id == session_id,
            ]
        found = await self._connection.execute(
            delete(wallet_challenges).where(*rules).returning(wallet_challenges)
        )
        row = found.mappings().one_or_none()
        return value_of(WalletChallenge, row) if row else None

    async def _set(self, account_id: UUID, **columns: object) -> None:
        await self._connection.execute(
            update(users).where(users.c.id == account_id).values(columns)
        )
