"""The registry's own addresses and certificate keys, with their times."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.records import IN_FLIGHT
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    certificate_keys,
    certificates,
    chain_transactions,
    platform_addresses,
)
from domain.platform_keys import CertificateKey, PlatformAddress


class PostgresPlatformKeys:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def pays(self, address: PlatformAddress) -> None:
        known = await self._address(address.address)
        if known is None:
            await self.add(address)
        elif known.until is not None:
            await self.close_address(address.address, None)

    async def add(self, address: PlatformAddress) -> None:
        """The first transaction may be older than this table: `since` is then the transaction's time."""
        if await self._address(address.address) is None:
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

    async def address(self, address: str) -> PlatformAddress | None:
        return await self._address(address)

    async def close_address(self, address: str, until: datetime | None) -> None:
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

    async def seals(self, public_key: str, at: datetime) -> CertificateKey:
        known = await self._certificate_key(public_key)
        if known is not None:
            return known
        newest = await self._connection.scalar(select(func.max(certificate_keys.c.since)))
        since = at
        if newest is None:
            # The first key of this table has sealed whatever was sealed before there was one.
            first_sealed_at = await self._connection.scalar(
                select(func.min(certificates.c.sealed_at))
            )
            since = min(at, first_sealed_at or at)
        await self._connection.execute(
            update(certificate_keys).where(certificate_keys.c.until.is_(None)).values(until=at)
        )
        key = CertificateKey(public_key, since)
        await self._connection.execute(insert(certificate_keys).values(row_of(key)))
        return key

    async def _address(self, address: str) -> PlatformAddress | None:
        found = await self._connection.execute(
            select(platform_addresses).where(platform_addresses.c.address == address)
        )
        row = found.mappings().one_or_none()
        return value_of(PlatformAddress, row) if row else None

    async def _certificate_key(self, public_key: str) -> CertificateKey | None:
        found = await self._connection.execute(
            select(certificate_keys).where(certificate_keys.c.public_key == public_key)
        )
        row = found.mappings().one_or_none()
        return value_of(CertificateKey, row) if row else None


async def read_platform_addresses(connection: AsyncConnection) -> Sequence[PlatformAddress]:
    """All there ever were, the newest first."""
    found = await connection.execute(
        select(platform_addresses).order_by(
            platform_addresses.c.since.desc(), platform_addresses.c.address
        )
    )
    return [value_of(PlatformAddress, row) for row in found.mappings()]


async def read_certificate_keys(connection: AsyncConnection) -> Sequence[CertificateKey]:
    """All there ever were, the newest first."""
    found = await connection.execute(
        select(certificate_keys).order_by(
            certificate_keys.c.since.desc(), certificate_keys.c.public_key
        )
    )
    return [value_of(CertificateKey, row) for row in found.mappings()]
