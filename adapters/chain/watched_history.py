"""The chain as somebody asks it who waits for the answer: one that hangs is not waited for (ADR 0049)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from activities.ports.chain.provider import ChainHistory, ChainUnavailable
from adapters.outages import NoAnswer, OutageBreaker
from domain.chain.transactions import BlockPoint, BlockStanding, Inclusion


class WatchedChainHistory:
    """
    Implements `activities.ports.chain.provider.ChainHistory`.

    Waiting for a turn within the provider's limit is no silence: the breaker asks whether the
    server is well, beside that limit.
    """

    def __init__(self, chain: ChainHistory, breaker: OutageBreaker) -> None:
        self._chain = chain
        self._breaker = breaker

    async def inclusion(self, tx_hash: str) -> Inclusion | None:
        async with self._watched():
            return await self._chain.inclusion(tx_hash)

    async def standing(self, block: BlockPoint) -> BlockStanding:
        async with self._watched():
            return await self._chain.standing(block)

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        async with self._watched():
            return await self._chain.metadata(tx_hash)

    async def payers(self, tx_hash: str) -> Sequence[str]:
        async with self._watched():
            return await self._chain.payers(tx_hash)

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        try:
            async with self._breaker.call():
                yield
        except NoAnswer as silent:
            raise ChainUnavailable(str(silent)) from None
