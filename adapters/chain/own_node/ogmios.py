"""
A Cardano node through Ogmios v6: JSON-RPC over HTTP, and chain synchronization over a WebSocket.

HTTP carries one question and its answer, which is all that parameters and submission need. Only
chain synchronization tells at which height a block stands (ADR 0020), and that has a cursor, so it
needs a connection of its own. Nothing that the server says is ever evaluated.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable, TransactionRefused
from adapters.chain.circuit_breaker import OPEN_SECONDS
from adapters.chain.http_client import (
    CONNECT_TIMEOUT_SECONDS,
    MESSAGE_CHARACTERS_MAX,
    READ_TIMEOUT_SECONDS,
    require_sound,
)
from adapters.chain.json_client import JsonClient
from domain.chain.transactions import ProtocolParameters

BLOCK_MESSAGE_BYTES_MAX = 32 * 1024 * 1024
"""A block of 90,112 bytes is some megabytes as JSON, with everything in it spelled out."""

_NOT_DECODED = -32602
"""The bytes are a transaction of no era; "invalid parameters" in JSON-RPC's own words."""
_NO_INTERSECTION = 1000
_SUBMISSION_REFUSED = range(3000, 4000)
_METHOD_UNKNOWN = -32601
TX_HASH_CHARACTERS = 64

Ask = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Point:
    """A block's place: its slot and its header's hash."""

    slot: int
    block_hash: str


@dataclass(frozen=True)
class Era:
    """
    A stretch of the chain with slots and epochs of one length; `end_slot` None: not known yet.

    `start_seconds` are counted from the network's own start.
    """

    start_slot: int
    start_seconds: int
    slot_milliseconds: int
    start_epoch: int
    epoch_slots: int
    end_slot: int | None

    def holds(self, slot: int) -> bool:
        return self.start_slot <= slot and (self.end_slot is None or slot < self.end_slot)

    def epoch(self, slot: int) -> int:
        return self.start_epoch + (slot - self.start_slot) // self.epoch_slots

    def since_start(self, slot: int) -> timedelta:
        return timedelta(
            seconds=self.start_seconds,
            milliseconds=(slot - self.start_slot) * self.slot_milliseconds,
        )


class OgmiosFailure(ChainUnavailable):
    """
    An error object of JSON-RPC. `words` are the beginning of what the server said.

    Whoever knows the method may know more than that nothing is known; else it is just that.
    """

    def __init__(self, call: str, error: Mapping[str, Any]) -> None:
        self.code = error["code"]
        data = error.get("data")
        said = f"{error['message']} {json.dumps(data) if data else ''}".strip()
        self.words = said[:MESSAGE_CHARACTERS_MAX]
        super().__init__(f"{call}: error {self.code} {self.words}")


class Ogmios:
    """`url` begins with http or https; the WebSocket is found at the same place."""

    def __init__(self, url: str, open_seconds: float = OPEN_SECONDS) -> None:
        self._http = JsonClient("Ogmios", url, open_seconds)
        parts = urlsplit(url.rstrip("/"))
        self._socket_url = parts._replace(scheme={"https": "wss"}.get(parts.scheme, "ws")).geturl()

    async def parameters(self) -> ProtocolParameters:
        """Those of the ledger's present epoch."""
        answer = await self._ask("queryLedgerState/protocolParameters")
        return ProtocolParameters(
            fee_per_byte=int(answer["minFeeCoefficient"]),
            fee_fixed=int(answer["minFeeConstant"]["ada"]["lovelace"]),
            transaction_bytes_max=int(answer["maxTransactionSize"]["bytes"]),
            lovelace_per_utxo_byte=int(answer["minUtxoDepositCoefficient"]),
            block_bytes_max=int(answer["maxBlockBodySize"]["bytes"]),
        )

    async def eras(self) -> Sequence[Era]:
        answer = await self._ask("queryLedgerState/eraSummaries")
        return tuple(
            Era(
                start_slot=int(era["start"]["slot"]),
                start_seconds=int(era["start"]["time"]["seconds"]),
                slot_milliseconds=int(era["parameters"]["slotLength"]["milliseconds"]),
                start_epoch=int(era["start"]["epoch"]),
                epoch_slots=int(era["parameters"]["epochLength"]),
                end_slot=int(era["end"]["slot"]) if era.get("end") else None,
            )
            for era in answer
        )

    async def tip_slot(self) -> int:
        """The slot of the node's newest block."""
        return int((await self._ask("queryNetwork/tip"))["slot"])

    async def network_magic(self) -> int:
        """The number in the genesis configuration of Shelley's era."""
        answer = await self._ask("queryNetwork/genesisConfiguration", era="shelley")
        return int(answer["networkMagic"])

    async def holds(self, point: Point) -> bool:
        """Whether the block stands on the node's chain now."""
        async with self._synchronization() as ask:
            try:
                await ask("findIntersection", points=[_written(point)])
            except OgmiosFailure as failure:
                if failure.code != _NO_INTERSECTION:
                    raise
                return False
        return True

    async def start_time(self) -> datetime:
        """When the network began."""
        return datetime.fromisoformat(await self._ask("queryNetwork/startTime"))

    async def submit(self, cbor: bytes) -> None:
        """
        Raises:
            TransactionRefused: with the beginning of the node's own words.
        """
        try:
            answer = await self._ask("submitTransaction", transaction={"cbor": cbor.hex()})
        except OgmiosFailure as failure:
            if failure.code != _NOT_DECODED and failure.code not in _SUBMISSION_REFUSED:
                raise
            raise TransactionRefused(failure.words) from None
        if len(answer["transaction"]["id"]) != TX_HASH_CHARACTERS:
            raise ChainUnavailable("Ogmios: submitTransaction: the answer is no transaction hash")

    async def height(self, point: Point) -> int:
        """
        At which height the block stands on the node's chain.

        The node tells the height of its tip, and of blocks that it hands out; asked to go on from a
        point it hands out the block after it, which is one higher.

        Raises:
            ChainUnavailable: also when the node's chain does not hold this block now.
        """
        async with self._synchronization() as ask:
            found = await ask("findIntersection", points=[_written(point)])
            if found["tip"]["id"] == point.block_hash:
                return int(found["tip"]["height"])
            # The first answer only repeats where the cursor stands.
            await ask("nextBlock")
            following = await ask("nextBlock")
        block = following.get("block")
        if block is None or block["ancestor"] != point.block_hash:
            raise ChainUnavailable("Ogmios: the node changed its chain meanwhile")
        return int(block["height"]) - 1

    async def close(self) -> None:
        await self._http.close()

    async def _ask(self, method: str, **params: Any) -> Any:
        answer = await self._http.post(_question(method, params), about=method)
        return _result(answer.content, f"Ogmios: {method}")

    @asynccontextmanager
    async def _synchronization(self) -> AsyncIterator[Ask]:
        call = "Ogmios: chain synchronization"
        try:
            async with connect(
                self._socket_url,
                open_timeout=CONNECT_TIMEOUT_SECONDS,
                close_timeout=CONNECT_TIMEOUT_SECONDS,
                max_size=BLOCK_MESSAGE_BYTES_MAX,
                user_agent_header="karbonica-registry",
                proxy=None,
            ) as socket:

                async def ask(method: str, **params: Any) -> Any:
                    await socket.send(json.dumps(_question(method, params)))
                    async with asyncio.timeout(READ_TIMEOUT_SECONDS):
                        return _result(json.loads(await socket.recv()), f"Ogmios: {method}")

                yield ask
                return
        except InvalidStatus as refused:
            status, fault = refused.response.status_code, "refused"
        except (OSError, TimeoutError, WebSocketException) as error:
            status, fault = None, type(error).__name__
        if status is not None:
            require_sound(status, call)
        raise ChainUnavailable(f"{call}: {fault}")


def _question(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method} | ({"params": params} if params else {})


def _result(answer: Mapping[str, Any], call: str) -> Any:
    if "error" not in answer:
        return answer["result"]
    failure = OgmiosFailure(call, answer["error"])
    if failure.code == _METHOD_UNKNOWN:
        raise ChainMisconfigured(f"{failure}; Ogmios v6 is needed")
    raise failure


def _written(point: Point) -> dict[str, Any]:
    return {"slot": point.slot, "id": point.block_hash}
