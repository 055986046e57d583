"""The chain through our own node: Ogmios for parameters, heights and submission, Kupo for the rest."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from activities.ports.chain.provider import ChainUnavailable
from adapters.chain.circuit_breaker import OPEN_SECONDS
from adapters.chain.http_client import readable
from adapters.chain.own_node.kupo import Kupo
from adapters.chain.own_node.ogmios import Era, Ogmios, Point
from adapters.chain.parameters import EpochParameters
from domain.chain.networks import NetworkTold
from domain.chain.transactions import (
    BlockPoint,
    BlockStanding,
    Inclusion,
    ProtocolParameters,
    Tip,
    UnspentOutput,
)

HEIGHTS_KEPT = 1_000
LAG_SLOTS_MAX = 600
"""Ten minutes: an index further behind its node is not at work, or is reading everything anew."""


class OwnNodeChain:
    """
    Implements `activities.ports.chain.provider.Chain` (ADR 0020).

    The tip is the last block that *Kupo* has read, never the node's own newer one: were Kupo to
    stall, its silence about a transaction must not be taken for the chain's. Far behind the node it
    counts as unavailable.
    """

    def __init__(
        self, *, ogmios_url: str, kupo_url: str, open_seconds: float = OPEN_SECONDS
    ) -> None:
        self._ogmios = Ogmios(ogmios_url, open_seconds)
        self._kupo = Kupo(kupo_url, open_seconds)
        self._heights: OrderedDict[Point, int] = OrderedDict()
        self._eras: Sequence[Era] = ()
        self._start_time: datetime | None = None
        self._parameters = EpochParameters()

    def in_background(self) -> "OwnNodeChain":
        """Nobody has to yield to anybody: our own node has no limit."""
        return self

    async def tip(self) -> Tip:
        with readable("tip"):
            newest = await self._kupo.newest()
            tip = Tip(await self._height(newest), newest.slot, newest.block_hash)
            await self._require_at_work(newest)
            self._parameters.tip_seen((await self._era(tip.slot)).epoch(tip.slot))
            return tip

    async def network(self) -> NetworkTold:
        with readable("network"):
            return NetworkTold(magic=await self._ogmios.network_magic())

    async def shows_height(self, height: int) -> bool:  # noqa: ARG002 -- the same for every height
        """A node keeps every block."""
        return True

    async def standing(self, block: BlockPoint) -> BlockStanding:
        """A node that does not have the block on its chain has another one there."""
        with readable("standing"):
            stands = await self._ogmios.holds(Point(block.slot, block.block_hash))
        return BlockStanding.STANDS if stands else BlockStanding.REPLACED

    async def parameters(self) -> ProtocolParameters:
        if not self._parameters.tip_is_fresh:
            await self.tip()
        with readable("parameters"):
            if (known := self._parameters.present) is not None:
                return known
            epoch = self._parameters.epoch
            parameters = await self._ogmios.parameters()
            self._parameters.keep(parameters, epoch=epoch)
            return parameters

    async def inclusion(self, tx_hash: str) -> Inclusion | None:
        with readable("inclusion"):
            block = await self._kupo.block_of(tx_hash)
            if block is None:
                await self._require_at_work(await self._kupo.newest())
                return None
            height, time = await self._height(block), await self._time(block.slot)
        # Asked for last: the block may then be deeper than it was, never shallower.
        tip = await self.tip()
        if tip.height < height:
            return None  # The chain has gone back behind it meanwhile.
        return Inclusion(
            tx_hash, block.block_hash, height, block.slot, tip.height - height, block_time=time
        )

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        """
        Raises:
            ChainUnavailable: also when Kupo does not show the transaction now.
        """
        with readable("metadata"):
            return await self._kupo.metadata(tx_hash, await self._block(tx_hash))

    async def payers(self, tx_hash: str) -> Sequence[str]:
        """
        Whose outputs it spent, as far as Kupo watches them.

        Raises:
            ChainUnavailable: also when Kupo does not show the transaction now.
        """
        with readable("payers"):
            return await self._kupo.payers(tx_hash, await self._block(tx_hash))

    async def unspent_outputs(self, address: str) -> Sequence[UnspentOutput]:
        with readable("unspent outputs"):
            return await self._kupo.unspent(address)

    async def transactions_of(self, address: str, *, since_height: int = 0) -> Sequence[str]:  # noqa: ARG002 -- Kupo knows slots, not heights
        with readable("transactions"):
            return await self._kupo.transactions_of(address)

    async def submit(self, cbor: bytes) -> None:
        with readable("submission"):
            await self._ogmios.submit(cbor)

    async def close(self) -> None:
        await self._ogmios.close()
        await self._kupo.close()

    async def _block(self, tx_hash: str) -> Point:
        block = await self._kupo.block_of(tx_hash)
        if block is None:
            raise ChainUnavailable(f"Kupo: {tx_hash} is not shown")
        return block

    async def _height(self, point: Point) -> int:
        """A block never changes its height, so each is asked for once."""
        if point not in self._heights:
            self._heights[point] = await self._ogmios.height(point)
            if len(self._heights) > HEIGHTS_KEPT:
                self._heights.popitem(last=False)
        return self._heights[point]

    async def _require_at_work(self, newest: Point) -> None:
        behind_slots = await self._ogmios.tip_slot() - newest.slot
        if behind_slots > LAG_SLOTS_MAX:
            raise ChainUnavailable(f"Kupo is {behind_slots} slots behind the node")

    async def _time(self, slot: int) -> datetime:
        if self._start_time is None:
            self._start_time = await self._ogmios.start_time()
        return self._start_time + (await self._era(slot)).since_start(slot)

    async def _era(self, slot: int) -> Era:
        if not any(era.holds(slot) for era in self._eras):
            self._eras = await self._ogmios.eras()
        return [era for era in self._eras if era.start_slot <= slot][-1]
