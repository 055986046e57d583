"""The platform's wallets: where each keeps its lovelace, and whether staff have frozen it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import BigInteger, and_, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import wallet_outputs, wallets
from domain.chain.wallets import WalletState


async def read_wallets(connection: AsyncConnection) -> Sequence[WalletState]:
    """Seen by: staff who run the chain, which the page or the command asks for."""
    found = await connection.execute(select(wallets).order_by(wallets.c.network, wallets.c.name))
    return [value_of(WalletState, row) for row in found.mappings()]


@dataclass(frozen=True)
class WalletBalanceView:
    """`lovelace` is None before any output of the wallet is known."""

    name: str
    is_frozen: bool
    lovelace: int | None


async def wallet_balances(connection: AsyncConnection, network: str) -> Sequence[WalletBalanceView]:
    """Seen by: staff, who the caller has asked for."""
    unspent = select(func.sum(wallet_outputs.c.lovelace)).where(
        wallet_outputs.c.wallet_address == wallets.c.address, wallet_outputs.c.spent_by.is_(None)
    )
    found = await connection.execute(
        select(
            wallets.c.name,
            wallets.c.frozen_at.is_not(None).label("is_frozen"),
            cast(unspent.scalar_subquery(), BigInteger).label("lovelace"),
        )
        .where(wallets.c.network == network)
        .order_by(wallets.c.name)
    )
    return [WalletBalanceView(**row) for row in found.mappings()]


class PostgresWallets:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, network: str, name: str, address: str) -> WalletState:
        found = await self._locked(network, name)
        if found is None:
            first = WalletState(network, name, address)
            await self._connection.execute(
                upsert(wallets).values(row_of(first)).on_conflict_do_nothing()
            )
            found = await self._locked(network, name) or first
        if found.address != address:
            found = replace(found, address=address)
            await self.save(found)
        return found

    async def save(self, state: WalletState) -> None:
        await self._connection.execute(
            update(wallets)
            .where(and_(wallets.c.network == state.network, wallets.c.name == state.name))
            .values(row_of(state))
        )

    async def _locked(self, network: str, name: str) -> WalletState | None:
        found = await self._connection.execute(
            select(wallets)
            .where(and_(wallets.c.network == network, wallets.c.name == name))
            .with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(WalletState, row) if row else None
