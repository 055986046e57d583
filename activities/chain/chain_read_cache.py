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

BLOCK_KEPT = timedelta(minutes=1)
"""How long a block that was shown vouches for all that we saw in it; the follower does the same."""

MISS_KEPT = timedelta(seconds=15)
"""How long nobody asks again for what was not shown; less than seals wait before they try again."""

READINGS_MAX = 200
"""In memory: 16 KB each at most, and more than may be on their way at once."""

_CONFIRMED = frozenset({ChainTransactionStatus.CONFIRMED, ChainTransactionStatus.FINAL})

_Answer = TypeVar("_Answer")


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
        self._blocks = _Answers[Inclusion](clock, BLOCK_KEPT)
        self._payloads = _Answers[Any](clock, None)

    async def read(self, transaction: StoredTransaction) -> ChainReading:
        """
        Raises:
            NotConfirmedDeepEnough: also, without a question, when the follower says so; it comes back.
            ChainMisconfigured: as in activities/ports/chain.py.
        """
        block_hash = transaction.block_hash
        if block_hash is None or transaction.status not in _CONFIRMED:
            raise NotConfirmedDeepEnough("The follower does not see it confirmed.")
        standing = await self._blocks.get(block_hash, lambda: self._standing(transaction))
        payload = await self._payloads.get(_key(transaction), lambda: self._payload(transaction))
        return ChainReading(replace(standing, tx_hash=transaction.tx_hash), payload)

    def doubt(self, transaction: StoredTransaction, reading: ChainReading) -> None:
        """It is not what was expected, and a server may be only half in step: read it anew."""
        self._payloads.forget(_key(transaction), reading.payload)

    async def _standing(self, transaction: StoredTransaction) -> Inclusion:
        seen = await self._chain.inclusion(transaction.tx_hash)
        if seen is None or seen.block_hash != transaction.block_hash:
            raise NotConfirmedDeepEnough(f"{transaction.tx_hash} is not shown where it was.")
        if seen.confirmations < self._confirmations_required:
            raise NotConfirmedDeepEnough(f"{seen.confirmations} blocks stand on {seen.block_hash}.")
        return seen

    async def _payload(self, transaction: StoredTransaction) -> Any:
        shown = await self._chain.metadata(transaction.tx_hash)
        return shown.get(str(METADATA_LABEL))


def _key(transaction: StoredTransaction) -> str:
    return f"{transaction.tx_hash} in {transaction.block_hash}"


class _Answers(Generic[_Answer]):
    """
    Answers by what was asked. Whoever asks the same meanwhile waits for the same answer.

    `kept` None: for as long as there is room. That something was not shown is kept for a while.
    """

    def __init__(self, clock: Clock, kept: timedelta | None) -> None:
        self._clock = clock
        self._kept = kept
        self._answers: OrderedDict[str, tuple[datetime | None, _Answer | _Missed]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Answer | _Missed]] = {}

    async def get(self, key: str, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        known = self._answers.get(key)
        if known is not None and (known[0] is None or self._clock.now() < known[0]):
            answer = known[1]
        else:
            if key not in self._asking:
                asking = asyncio.create_task(self._ask(key, ask))
                asking.add_done_callback(lambda _: self._asking.pop(key))
                self._asking[key] = asking
            # Whoever gives up waiting must not take the answer from the others.
            answer = await asyncio.shield(self._asking[key])
        if isinstance(answer, _Missed):
            raise NotConfirmedDeepEnough(answer.reason)
        return answer

    def forget(self, key: str, answer: _Answer) -> None:
        """Unless another answer has come since."""
        if key in self._answers and self._answers[key][1] is answer:
            del self._answers[key]

    async def _ask(self, key: str, ask: Callable[[], Awaitable[_Answer]]) -> _Answer | _Missed:
        try:
            answer: _Answer | _Missed = await ask()
        except (NotConfirmedDeepEnough, ChainUnavailable) as missing:
            answer = _Missed(str(missing))
        kept = MISS_KEPT if isinstance(answer, _Missed) else self._kept
        self._answers[key] = None if kept is None else self._clock.now() + kept, answer
        self._answers.move_to_end(key)
        if len(self._answers) > READINGS_MAX:
            self._answers.popitem(last=False)
        return answer
