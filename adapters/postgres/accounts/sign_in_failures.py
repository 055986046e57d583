"""Failed log-ins by e-mail and source (domain.accounts.sign_in)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of
from adapters.postgres.tables import notifications, sessions, sign_in_failures
from domain.accounts.notifications import Notification
from domain.accounts.sign_in import LoginAttempts


class PostgresSignInFailures:
    """All methods do the same work for an e-mail that is nobody's, so that no time tells."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def failures_since(self, login_hash: str, since: datetime) -> int:
        """Of all sources together."""
        found = await self._connection.execute(
            select(func.coalesce(func.sum(sign_in_failures.c.failed), 0)).where(
                sign_in_failures.c.login_hash == login_hash,
                sign_in_failures.c.last_failed_at >= since,
            )
        )
        return int(found.scalar_one())

    async def device_is_known(
        self, account_id: UUID, device_hash: str | None, since: datetime
    ) -> bool:
        """Whether a device has signed in to this account since then."""
        found = await self._connection.execute(
            select(
                exists().where(
                    sessions.c.user_id == account_id,
                    sessions.c.device_hash == (device_hash or ""),
                    sessions.c.created_at >= since,
                )
            )
        )
        return bool(found.scalar_one())

    async def network_is_known(
        self, account_id: UUID, network: str | None, since: datetime
    ) -> bool:
        """Whether somebody has signed in to this account from that network since then."""
        found = await self._connection.execute(
            select(
                exists().where(
                    sessions.c.user_id == account_id,
                    sessions.c.ip_address == (network or ""),
                    sessions.c.created_at >= since,
                )
            )
        )
        return bool(found.scalar_one())

    async def lock(self, login_hash: str, source_hash: str, *, at: datetime) -> LoginAttempts:
        """What is remembered; held until the commit, so that two failures at once are counted as two."""
        found = await self._connection.execute(
            insert(sign_in_failures)
            .values(login_hash=login_hash, source_hash=source_hash, failed=0, last_failed_at=at)
            # An update that changes nothing, because only an update locks the row that was there.
            .on_conflict_do_update(
                index_elements=["login_hash", "source_hash"],
                set_={"login_hash": sign_in_failures.c.login_hash},
            )
            .returning(sign_in_failures.c.failed, sign_in_failures.c.locked_until)
        )
        row = found.one()
        return LoginAttempts(row.failed, row.locked_until)

    async def save(
        self, login_hash: str, source_hash: str, attempts: LoginAttempts, *, at: datetime
    ) -> None:
        await self._connection.execute(
            update(sign_in_failures)
            .where(
                sign_in_failures.c.login_hash == login_hash,
                sign_in_failures.c.source_hash == source_hash,
            )
            .values(failed=attempts.failed, locked_until=attempts.locked_until, last_failed_at=at)
        )

    async def forget(self, login_hash: str, source_hash: str) -> None:
        """After a success."""
        await self._connection.execute(
            delete(sign_in_failures).where(
                sign_in_failures.c.login_hash == login_hash,
                sign_in_failures.c.source_hash == source_hash,
            )
        )

    async def tell_owner(self, notification: Notification) -> bool:
        """False when that very notification is there already."""
        added = await self._connection.execute(
            insert(notifications)
            .values(row_of(notification))
            .on_conflict_do_nothing()
            .returning(notifications.c.id)
        )
        return added.one_or_none() is not None

    async def sweep(self, before: datetime) -> int:
        """Forget what failed last before a moment; how many rows they were."""
        gone = await self._connection.execute(
            delete(sign_in_failures).where(sign_in_failures.c.last_failed_at < before)
        )
        return gone.rowcount
