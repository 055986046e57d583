"""The Cardano chain, as a provider shows it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from domain.chain.networks import NetworkTold
from domain.chain.transactions import (
    BlockPoint,
    BlockStanding,
    Inclusion,
    ProtocolParameters,
    Tip,
    UnspentOutput,
)

UNKNOWN_PAYER = ""
"""Stands for whoever an output belonged to that the provider does not show."""


class ChainUnavailable(Exception):
    """Nothing is known about the outcome: no answer, a 5xx, a 429, or nonsense. Ask again later."""


class ChainMisconfigured(Exception):
    """The provider will not talk to us (402, 403, 418): stop, alarm, do not retry into a ban."""


class TransactionRefused(Exception):
    """
    The node said no to these bytes (400, 409).

    It proves nothing about the transaction's fate: the same text is given for bytes that are
    already in the mempool or already in a block. Ask for the hash (notes on "All inputs are spent").
    """


class Chain(Protocol):
    """
    A Cardano node, as seen through a Blockfrost-compatible server.

    Every call may raise ChainUnavailable or ChainMisconfigured.
    """

    async def tip(self) -> Tip: ...

    async def network(self) -> NetworkTold:
        """By which number and which time the provider says what network it shows."""

    async def shows_height(self, height: int) -> bool:
        """Whether its history reaches back to a block at this height."""

    async def parameters(self) -> ProtocolParameters: ...

    async def inclusion(self, tx_hash: str) -> Inclusion | None:
        """Where the transaction is now, or None when this provider does not show it."""

    async def standing(self, block: BlockPoint) -> BlockStanding:
        """What became of a block that held a transaction which is not shown."""

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        """The transaction's metadata as the chain holds it, by label ("674")."""

    async def unspent_outputs(self, address: str) -> Sequence[UnspentOutput]: ...

    async def transactions_of(self, address: str) -> Sequence[str]:
        """The hashes of all transactions that pay to or from the address, oldest first, each once."""

    async def submit(self, cbor: bytes) -> None:
        """
        Send signed bytes.

        Raises:
            TransactionRefused: the node said no, which does not tell why; ask the chain.
        """


class ChainHistory(Protocol):
    """
    What checking a certificate asks of a chain's server; each may raise as `Chain` does.

    `metadata` and `payers` raise ChainUnavailable for a transaction that is not shown now.
    """

    async def inclusion(self, tx_hash: str) -> Inclusion | None: ...

    async def standing(self, block: BlockPoint) -> BlockStanding: ...

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]: ...

    async def payers(self, tx_hash: str) -> Sequence[str]:
        """
        Whose outputs the transaction spent; collateral and reference inputs left out.

        `UNKNOWN_PAYER` stands for each output that is not shown, as by a node without the transaction
        that made it. No payer at all means that none of them is known here.
        """


class AddressHistory(ChainHistory, Protocol):
    """What comparing a whole history with ours asks besides."""

    async def tip(self) -> Tip: ...

    async def shows_height(self, height: int) -> bool: ...

    async def transactions_of(self, address: str, *, since_height: int = 0) -> Sequence[str]:
        """As `Chain` has it; those in blocks below `since_height` may be left out."""
