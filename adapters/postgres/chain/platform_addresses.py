"""The registry's own addresses, with their times."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.chain.records import IN_FLIGHT
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import chain_transactions, platform_addresses
from domain.chain.wallets import PlatformAddress


class PostgresPlatformAddresses:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def pays(self, address: PlatformAddress) -> None:
        known = await self.get(address.address)
        if known is None:
            await self.add(address)
        elif known.until is not None:
            await self.close(address.address, None)

    async def add(self, address: PlatformAddress) -> None:
        """The first transaction may be older than this table: `since` is then the transaction's time."""
        if await self.get(address.address) is None:
            first_built_at = await self._connection.scalar(
                select(func.min(chain_transactions.c.built_at)).where(
                    chain_transactions.c.wallet_address == address.address
                )
            )
            since = min(address.since, first_built_at or address.since)
            await self._connection.execute(
                upsert(platform_addresses)
                .values(row_of(address) | {"since": since})
                .on_conflict_do_nothing()
            )

    async def get(self, address: str) -> PlatformAddress | None:
        found = await self._connection.execute(
            select(platform_addresses).where(platform_addresses.c.address == address)
        )
        row = found.mappings().one_or_none()
        return value_of(PlatformAddress, row) if row else None

    async def close(self, address: str, until: datetime | None) -> None:
        await self._connection.execute(
            update(platform_addresses)
            .where(platform_addresses.c.address == address)
            .values(until=until)
        )

    async def unsettled_transactions(self, address: str) -> int:
        found = await self._connection.scalar(
            select(func.count())
            .select_from(chain_transactions)
            .where(
                chain_transactions.c.wallet_address == address,
                chain_transactions.c.status.in_(IN_FLIGHT),
            )
        )
        return found or 0


async def read_platform_addresses(connection: AsyncConnection) -> Sequence[PlatformAddress]:
    """
    All there ever were, the newest first.

    Seen by: everybody, among the published keys.
    """
    found = await connection.execute(
        select(platform_addresses).order_by(
            platform_addresses.c.since.desc(), platform_addresses.c.address
        )
    )
    return [value_of(PlatformAddress, row) for row in found.mappings()]
