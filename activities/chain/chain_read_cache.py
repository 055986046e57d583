"""
What the chain shows of our transactions, asked once for all records of one (ADR 0027).

A transaction carries dozens of records, and the certificate of each is sealed over what was read
back. Nothing here is our own record of anything: metadata is what the provider answered for the
transaction, and a block stands because the provider has just shown it. Our rows only say where to
look, and for how long an answer is about the same thing.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from activities.ports.chain.provider import Chain, ChainUnavailable
from activities.ports.clock import Clock
from domain.chain.transactions import (
    METADATA_LABEL,
    ChainTransactionStatus,
    Inclusion,
    StoredTransaction,
)

BLOCK_LIFETIME = timedelta(minutes=1)
"""How long a block that was shown vouches for all that we saw in it; the follower does the same."""

MISS_LIFETIME = timedelta(seconds=15)
"""How long nobody asks again for what was not shown; less than seals wait before they try again."""

READINGS_MAX = 200
"""In memory: 16 KB each at most, and more than may be on their way at once."""

_CONFIRMED = frozenset({ChainTransactionStatus.CONFIRMED, ChainTransactionStatus.FINAL})

_Reading = TypeVar("_Reading")


class NotConfirmedDeepEnough(Exception):
    """The provider does not show the transaction at present, or with too few blocks on top."""


@dataclass(frozen=True)
class ChainReading:
    """`payload` is the content of label 674 as the chain holds it; None when there is none."""

    inclusion: Inclusion
    payload: Any


@dataclass(frozen=True)
class _Missed:
    reason: str


class ChainReadCache:
    """One for each process. A provider is asked thrice for a block's first transaction, then once."""

    def __init__(self, chain: Chain, clock: Clock, *, confirmations_required: int) -> None:
        self._chain = chain
        self._confirmations_required = confirmations_required
        self._blocks = _ReadOnce[Inclusion](clock, BLOCK_LIFETIME)
        self._payloads = _ReadOnce[Any](clock, None)

    async def read(self, chain_transaction: StoredTransaction) -> ChainReading:
        """
        Raises:
            NotConfirmedDeepEnough: also, without a question, when the follower says so; it comes back.
            ChainMisconfigured: as in activities/ports/chain/provider.py.
        """
        block_hash = chain_transaction.block_hash
        if block_hash is None or chain_transaction.status not in _CONFIRMED:
            raise NotConfirmedDeepEnough("The follower does not see it confirmed.")
        standing = await self._blocks.get(block_hash, lambda: self._standing(chain_transaction))
        payload = await self._payloads.get(
            _key(chain_transaction), lambda: self._payload(chain_transaction)
        )
        return ChainReading(replace(standing, tx_hash=chain_transaction.tx_hash), payload)

    def doubt(self, chain_transaction: StoredTransaction, reading: ChainReading) -> None:
        """It is not what was expected, and a server may be only half in step: read it anew."""
        self._payloads.forget(_key(chain_transaction), reading.payload)

    async def _standing(self, chain_transaction: StoredTransaction) -> Inclusion:
        inclusion = await self._chain.inclusion(chain_transaction.tx_hash)
        if inclusion is None or inclusion.block_hash != chain_transaction.block_hash:
            raise NotConfirmedDeepEnough(f"{chain_transaction.tx_hash} is not shown where it was.")
        if inclusion.confirmations < self._confirmations_required:
            raise NotConfirmedDeepEnough(
                f"{inclusion.confirmations} blocks stand on {inclusion.block_hash}."
            )
        return inclusion

    async def _payload(self, chain_transaction: StoredTransaction) -> Any:
        shown = await self._chain.metadata(chain_transaction.tx_hash)
        return shown.get(str(METADATA_LABEL))


def _key(chain_transaction: StoredTransaction) -> str:
    return f"{chain_transaction.tx_hash} in {chain_transaction.block_hash}"


class _ReadOnce(Generic[_Reading]):
    """
    Answers by what was asked. Whoever asks the same meanwhile waits for the same reading.

    `lifetime` None: for as long as there is room. That something was not shown is kept for a while.
    """

    def __init__(self, clock: Clock, lifetime: timedelta | None) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._readings: OrderedDict[str, tuple[datetime | None, _Reading | _Missed]] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[_Reading | _Missed]] = {}

    async def get(self, key: str, read: Callable[[], Awaitable[_Reading]]) -> _Reading:
        known = self._readings.get(key)
        if known is not None and (known[0] is None or self._clock.now() < known[0]):
            reading = known[1]
        else:
            if key not in self._under_way:
                reading_now = asyncio.create_task(self._read(key, read))
                reading_now.add_done_callback(lambda _: self._under_way.pop(key))
                self._under_way[key] = reading_now
            # Whoever gives up waiting must not take the answer from the others.
            reading = await asyncio.shield(self._under_way[key])
        if isinstance(reading, _Missed):
            raise NotConfirmedDeepEnough(reading.reason)
        return reading

    def forget(self, key: str, reading: _Reading) -> None:
        """Unless another answer has come since."""
        if key in self._readings and self._readings[key][1] is reading:
            del self._readings[key]

    async def _read(self, key: str, read: Callable[[], Awaitable[_Reading]]) -> _Reading | _Missed:
        try:
            reading: _Reading | _Missed = await read()
        except (NotConfirmedDeepEnough, ChainUnavailable) as missing:
            reading = _Missed(str(missing))
        lifetime = MISS_LIFETIME if isinstance(reading, _Missed) else self._lifetime
        self._readings[key] = None if lifetime is None else self._clock.now() + lifetime, reading
        self._readings.move_to_end(key)
        if len(self._readings) > READINGS_MAX:
            self._readings.popitem(last=False)
        return reading
