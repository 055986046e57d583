"""The rows that tell how the way to the chain is, and what is known of the provider."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import read
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import chain_provider
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.chain.watch import (
    FEES_REMEMBERED,
    ChainRows,
    GoneTransaction,
    ParkedRecordSummary,
    ProviderState,
    WalletFunds,
)

# One statement sees one moment.
_COUNTS = """
    SELECT (SELECT count(*) FROM chain_records WHERE status = 'queued') AS queued,
           count(*) AS waiting,
           -- What was confirmed for days and was taken back waits since then.
           min(greatest(r.queued_at, x.taken_back_at)) AS waiting_since,
           (SELECT count(*) FROM chain_transactions WHERE status IN ('signed', 'submitted'))
               AS in_flight,
           (SELECT count(*) FROM chain_transactions WHERE built_at >= :since) AS built,
           (SELECT count(*) FROM chain_transactions
             WHERE built_at >= :since AND (status = 'expired' OR rollbacks > 0)) AS failed,
           (SELECT count(*) FROM chain_records
             WHERE status = 'parked' AND queued_at >= :since) AS parked,
           (SELECT count(*) FROM chain_transactions
             WHERE not_shown_at_height IS NOT NULL
               AND status IN ('signed', 'submitted', 'confirmed')) AS not_shown,
           ARRAY(SELECT fee_lovelace FROM chain_transactions
                  ORDER BY built_at DESC LIMIT :fees) AS fees
      FROM chain_records r LEFT JOIN chain_transactions x USING (tx_hash)
     WHERE r.status IN ('queued', 'submitted')
"""
_FUNDS = """
    SELECT asked.address, CASE WHEN count(o.tx_hash) = 0 THEN NULL
                    ELSE coalesce(sum(o.lovelace) FILTER (WHERE o.spent_by IS NULL), 0)::bigint
                    END AS lovelace,
           count(o.tx_hash) FILTER (WHERE o.spent_by IS NULL) AS outputs,
           EXISTS (SELECT FROM wallets w WHERE w.address = asked.address
                                           AND w.frozen_at IS NOT NULL) AS frozen,
           (SELECT w.frozen_reason FROM wallets w WHERE w.address = asked.address
                                           AND w.frozen_by = :registry LIMIT 1) AS refusal
      FROM unnest(CAST(:addresses AS varchar[])) AS asked (address)
      LEFT JOIN wallet_outputs o ON o.wallet_address = asked.address
     GROUP BY asked.address ORDER BY asked.address
"""
# Final ones cannot go; an expired one is dead, and its records are in the queue again.
_GONE = """
    SELECT x.tx_hash, x.confirmed_at,
           (SELECT count(*) FROM chain_records r WHERE r.tx_hash = x.tx_hash) AS records
      FROM chain_transactions x
     WHERE x.status IN ('signed', 'submitted') AND x.confirmed_at IS NOT NULL
     ORDER BY x.built_at, x.tx_hash
"""
_PARKED = """
    SELECT id AS record_id, kind, park_reason AS reason FROM chain_records
     WHERE status = 'parked' ORDER BY position
"""


async def read_provider_state(connection: AsyncConnection) -> ProviderState:
    """Seen by: everybody, on the page of the chain."""
    found = await connection.execute(select(chain_provider))
    return value_of(ProviderState, found.mappings().one())


async def read_chain_rows(
    connection: AsyncConnection, addresses: Sequence[str], since: datetime
) -> ChainRows:
    """
    `since` is the beginning of what counts as lately.

    Seen by: staff who run the chain, which the route asks for; and the chain watch.
    """
    counts = (
        await connection.execute(text(_COUNTS), {"since": since, "fees": FEES_REMEMBERED})
    ).one()
    funds = (
        await connection.execute(
            text(_FUNDS), {"addresses": list(addresses), "registry": REGISTRY_ACCOUNT_ID}
        )
    ).all()
    return ChainRows(
        queued=counts.queued,
        waiting=counts.waiting,
        waiting_since=counts.waiting_since,
        in_flight=counts.in_flight,
        wallets=tuple(
            WalletFunds(row.address, row.lovelace, row.outputs, row.frozen, row.refusal)
            for row in funds
        ),
        recent_fees_lovelace=tuple(counts.fees),
        attempts=counts.built + counts.parked,
        failures=counts.failed + counts.parked,
        gone=tuple(await read(connection, GoneTransaction, _GONE)),
        not_shown=counts.not_shown,
        parked=tuple(await read(connection, ParkedRecordSummary, _PARKED)),
    )


class PostgresChainWatch:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def provider(self) -> ProviderState:
        return await read_provider_state(self._connection)

    async def lock_provider(self) -> ProviderState:
        found = await self._connection.execute(select(chain_provider).with_for_update())
        return value_of(ProviderState, found.mappings().one())

    async def save_provider(self, state: ProviderState) -> None:
        await self._connection.execute(update(chain_provider).values(row_of(state)))

    async def rows(self, addresses: Sequence[str], since: datetime) -> ChainRows:
        return await read_chain_rows(self._connection, addresses, since)
