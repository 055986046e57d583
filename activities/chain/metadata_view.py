"""What checks read of the chain: a transaction's records, or that it really is not there."""

import asyncio
from typing import Any

from activities.ports.chain.provider import ChainHistory, ChainUnavailable
from domain.chain.transactions import METADATA_LABEL

READ_ATTEMPTS = 3
"""One miss proves nothing: replicas lag (docs/flows/chain.md)."""


async def shown_payload(chain: ChainHistory, tx_hash: str, *, pause_seconds: float) -> Any | None:
    """
    What stands under label 674 of a transaction, or None when it carries no such label.

    Raises:
        TransactionMissing: three reads in a row, `pause_seconds` apart, did not find it.
        ChainUnavailable, ChainMisconfigured: as in activities/ports/chain/provider.py.
    """
    for attempt in range(READ_ATTEMPTS):
        if attempt:
            await asyncio.sleep(pause_seconds)
        try:
            return (await chain.metadata(tx_hash)).get(str(METADATA_LABEL))
        except ChainUnavailable:
            # "No answer" and "not shown" are one to metadata(); inclusion() tells them apart.
            if await chain.inclusion(tx_hash) is not None:
                raise
    raise TransactionMissing(tx_hash)


class TransactionMissing(Exception):
    """The chain does not show this transaction."""

    def __init__(self, tx_hash: str) -> None:
        super().__init__(tx_hash)
        self.tx_hash = tx_hash
