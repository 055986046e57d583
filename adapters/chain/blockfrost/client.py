"""The chain as a Blockfrost-compatible server shows it."""

import copy
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from activities.ports.chain.provider import UNKNOWN_PAYER
from adapters.chain.blockfrost import api, values
from adapters.chain.blockfrost.api import BlockfrostApi, NotShown, QuestionRefused
from adapters.chain.circuit_breaker import OPEN_SECONDS
from adapters.chain.http_client import readable
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

WINDOW_PAGES = 20
"""Dolos refuses pages beyond its 3,000th item; a longer list is read on from a later block."""


class BlockfrostChain:
    """
    Implements `activities.ports.chain.provider.Chain`.

    `url` ends with the version prefix: `https://cardano-preview.blockfrost.io/api/v0`, or
    `http://127.0.0.1:8080/api/v1/blockfrost` for Yaci Store; a Dolos serves at the root.
    """

    def __init__(
        self,
        url: str,
        *,
        project_id: str | None,
        requests_per_second: float,
        open_seconds: float = OPEN_SECONDS,
    ) -> None:
        self._epoch_parameters = EpochParameters()
        self._api = BlockfrostApi(
            url,
            project_id=project_id,
            requests_per_second=requests_per_second,
            open_seconds=open_seconds,
        )

    def in_background(self) -> "BlockfrostChain":
        """The same server within the same limit, for what yields to everybody else."""
        other = copy.copy(self)
        other._api = self._api.in_background()  # noqa: SLF001 -- our own copy
        return other

    async def tip(self) -> Tip:
        with readable("tip"):
            block = await self._api.one("/blocks/latest")
            self._epoch_parameters.tip_seen(values.optional(block.get("epoch")))
            return Tip(int(block["height"]), int(block["slot"]), str(block["hash"]))

    async def network(self) -> NetworkTold:
        """The number of `/genesis`; where a server has none (Yaci Store), the time of the tip's slot."""
        with readable("network"):
            try:
                return NetworkTold(magic=int((await self._api.one("/genesis"))["network_magic"]))
            except NotShown:
                block = await self._api.one("/blocks/latest")
                time = values.block_time(block)
                started = time and time - timedelta(seconds=int(block["slot"]))
                return NetworkTold(slot_zero_at=started)

    async def shows_height(self, height: int) -> bool:
        with readable("shows_height"):
            return await self._block(str(height)) is not None

    async def parameters(self) -> ProtocolParameters:
        """As kept for the tip's epoch; the server is asked when that is a new one."""
        if not self._epoch_parameters.tip_is_fresh:
            await self.tip()
        if (known := self._epoch_parameters.present) is not None:
            return known
        epoch = self._epoch_parameters.epoch
        with readable("parameters"):
            answer = await self._api.one("/epochs/latest/parameters")
            parameters = values.protocol_parameters(answer)
            answered_for = values.optional(answer.get("epoch"))
        self._epoch_parameters.keep(
            parameters, epoch=epoch if answered_for is None else answered_for
        )
        return parameters

    async def inclusion(self, tx_hash: str) -> Inclusion | None:
        with readable("inclusion"):
            # The block is asked for by its hash: after a rollback the height still answers, with
            # another block. When it is gone between the two answers, nothing is shown now.
            try:
                block_hash = (await self._api.one(f"/txs/{tx_hash}"))["block"]
                block = await self._api.one(f"/blocks/{block_hash}")
            except NotShown:
                return None
            height = int(block["height"])
            confirmations = values.optional(block.get("confirmations"))
            if confirmations is None:
                # Every server counts the blocks on top; one that says nothing makes us count them.
                confirmations = (await self.tip()).height - height
            return Inclusion(
                tx_hash=tx_hash,
                block_hash=str(block["hash"]),
                block_height=height,
                slot=int(block["slot"]),
                confirmations=confirmations,
                block_time=values.block_time(block),
            )

    async def standing(self, block: BlockPoint) -> BlockStanding:
        with readable("standing"):
            shown = await self._block(block.block_hash)
            if shown is not None and shown["hash"] == block.block_hash:
                return BlockStanding.STANDS
            there = await self._block(str(block.height))
            if there is not None:
                same = there["hash"] == block.block_hash
                return BlockStanding.STANDS if same else BlockStanding.REPLACED
            ends_below = (await self.tip()).height < block.height
            return BlockStanding.REPLACED if ends_below else BlockStanding.NOT_SHOWN

    async def _block(self, hash_or_height: str) -> Mapping[str, Any] | None:
        try:
            block = await self._api.one(f"/blocks/{hash_or_height}")
        except (NotShown, QuestionRefused):
            # Dolos refuses a height that it does not have (400, without a word).
            return None
        # Of a block before Shelley's era it shows a hash and no height.
        return block if block["height"] is not None else None

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        """
        Raises:
            ChainUnavailable: also when this server does not show the transaction now; a replica
                that lags must not look like a record that has been changed.
        """
        with readable("metadata"):
            entries = await self._api.one(f"/txs/{tx_hash}/metadata")
            return {str(entry["label"]): entry["json_metadata"] for entry in entries}

    async def payers(self, tx_hash: str) -> Sequence[str]:
        with readable("payers"):
            # Collateral is only spent when a script fails, and reference inputs never are.
            inputs = (await self._api.one(f"/txs/{tx_hash}/utxos"))["inputs"]
            return tuple(
                str(entry["address"] or UNKNOWN_PAYER)
                for entry in inputs
                if not entry.get("collateral") and not entry.get("reference")
            )

    async def unspent_outputs(self, address: str) -> Sequence[UnspentOutput]:
        with readable("unspent_outputs"):
            try:
                outputs = await self._api.pages(f"/addresses/{address}/utxos")
            except NotShown:
                return ()  # Blockfrost's answer for an address that was never used.
            # A block between two pages shifts them, and an output may then be shown twice.
            plain = filter(values.is_plain, outputs)
            return tuple(dict.fromkeys(map(values.unspent_output, plain)))

    async def transactions_of(self, address: str, *, since_height: int = 0) -> Sequence[str]:
        hashes: dict[str, None] = {}
        start = str(since_height) if since_height else None
        path = f"/addresses/{address}/transactions"
        with readable("transactions_of"):
            while True:
                try:
                    window = await self._api.pages(path, start=start, pages_max=WINDOW_PAGES)
                except NotShown:
                    return tuple(hashes)
                hashes |= dict.fromkeys(str(entry["tx_hash"]) for entry in window)
                if len(window) < WINDOW_PAGES * api.PAGE_LENGTH:
                    return tuple(hashes)
                start = _next_start(start, window[-1])

    async def submit(self, cbor: bytes) -> None:
        await self._api.submit(cbor)

    async def close(self) -> None:
        """Close the connections; what is under way fails."""
        await self._api.close()


def _next_start(start: str | None, last: Mapping[str, Any]) -> str:
    """
    Where the window after one that ends with `last` begins: in the same block, so that none of its
    transactions is left out; and inside that block when the former window began there already.

    Raises:
        TypeError: the list does not go on, and asking for more of it would never end.
    """
    height = str(last["block_height"])
    began_there = start is not None and start.partition(":")[0] == height
    following = f"{height}:{last['tx_index']}" if began_there else height
    if following == start:
        raise TypeError("a list goes on")
    return following
