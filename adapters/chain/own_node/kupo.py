"""
Kupo, the index of our own addresses beside our own node: outputs, where they stand, metadata.

It must watch every platform address (`--match`), from before its first transaction (`--since`), and
keep what is spent (no `--prune-utxo`): a transaction is found by its outputs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.chain.circuit_breaker import OPEN_SECONDS
from adapters.chain.http_client import Limits
from adapters.chain.json_client import WHOLE_LIST, JsonClient
from adapters.chain.own_node.ogmios import Point
from domain.chain.transactions import UnspentOutput

_AFTER_ALL_IN_ITS_BLOCK = 1_000_000
"""Kupo does not tell the place in the block of a transaction that leaves nothing at the address."""


@dataclass(frozen=True)
class Match:
    """An output that Kupo has seen, and what spent it; `index` are places: in the block, among outputs."""

    tx_hash: str
    tx_index: int
    output_index: int
    address: str
    lovelace: int
    is_plain: bool
    created_at: Point
    spent_at: Point | None
    spent_by: str | None


class Kupo:
    def __init__(self, url: str, open_seconds: float = OPEN_SECONDS) -> None:
        self._http = JsonClient("Kupo", url, open_seconds)

    async def newest(self) -> Point:
        """The last block that the index has read."""
        checkpoints = await self._list("/checkpoints")
        if not checkpoints:
            raise ChainUnavailable("Kupo: no block has been read yet")
        return _point(max(checkpoints, key=lambda point: int(point["slot_no"])))

    async def block_of(self, tx_hash: str) -> Point | None:
        """The block that holds the transaction, or None when none that was read does."""
        matches = await self._matches(f"*@{tx_hash}")
        return matches[0].created_at if matches else None

    async def unspent(self, address: str) -> Sequence[UnspentOutput]:
        matches = await self._matches_at(address, {"unspent": ""})
        return tuple(
            UnspentOutput(match.tx_hash, match.output_index, match.lovelace)
            for match in matches
            if match.is_plain
        )

    async def transactions_of(self, address: str) -> Sequence[str]:
        """All that pay to or from the address, oldest first."""
        places: dict[str, tuple[int, int]] = {}
        for match in await self._matches_at(address, {}):
            if match.spent_at is not None:
                if match.spent_by is None:
                    raise ChainMisconfigured(
                        "Kupo: its index is of an older version; build it anew"
                    )
                places.setdefault(match.spent_by, (match.spent_at.slot, _AFTER_ALL_IN_ITS_BLOCK))
            places[match.tx_hash] = (match.created_at.slot, match.tx_index)
        return tuple(sorted(places, key=lambda tx_hash: places[tx_hash]))

    async def payers(self, tx_hash: str, block: Point) -> Sequence[str]:
        """
        Whose outputs the transaction of this block spent, one address for each output.

        Of the addresses that Kupo watches; others' outputs are not in its index.
        """
        # Both bounds are inclusive (Kupo's OpenAPI 2.12), so one slot is asked for.
        slot = str(block.slot)
        matches = await self._matches("*", {"spent": "", "spent_after": slot, "spent_before": slot})
        return tuple(match.address for match in matches if match.spent_by == tx_hash)

    async def metadata(self, tx_hash: str, block: Point) -> Mapping[str, Any]:
        """
        The transaction's metadata by label, as Blockfrost shows it.

        Raises:
            ChainUnavailable: also when another block stands at that slot now.
        """
        answer = await self._http.get(f"/metadata/{block.slot}", {"transaction_id": tx_hash})
        if answer.headers.get("X-Block-Header-Hash") != block.block_hash:
            raise ChainUnavailable("Kupo: the block has gone meanwhile")
        return {
            str(label): _plain(content)
            for entry in answer.content
            for label, content in entry["schema"].items()
        }

    async def close(self) -> None:
        await self._http.close()

    async def _matches_at(self, address: str, filters: Mapping[str, str]) -> Sequence[Match]:
        matches = await self._matches(address, filters)
        # An address that nobody told Kupo to watch looks like one that was never used.
        if not matches and not await self._list(f"/patterns/{address}"):
            raise ChainMisconfigured(f"Kupo does not watch {address}; start it with --match")
        return matches

    async def _matches(
        self, pattern: str, filters: Mapping[str, str] | None = None
    ) -> Sequence[Match]:
        params = {"order": "oldest_first", **(filters or {})}
        return [
            _match(match) for match in await self._list(f"/matches/{pattern}", params, WHOLE_LIST)
        ]

    async def _list(
        self, path: str, params: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> list[Any]:
        content = (await self._http.get(path, params, limits)).content
        if not isinstance(content, list):
            # An empty object must not pass for "there is none".
            raise ChainUnavailable(f"Kupo: GET {path}: the answer is no list")
        return content


def _match(match: Mapping[str, Any]) -> Match:
    spent = match["spent_at"]
    return Match(
        tx_hash=str(match["transaction_id"]),
        tx_index=int(match["transaction_index"]),
        output_index=int(match["output_index"]),
        address=str(match["address"]),
        lovelace=int(match["value"]["coins"]),
        # Anybody can send tokens or scripts to our address; those stay where they are (blockfrost/values.py).
        is_plain=not match["value"].get("assets") and match.get("script_hash") is None,
        created_at=_point(match["created_at"]),
        spent_at=_point(spent) if spent else None,
        spent_by=spent.get("transaction_id") if spent else None,
    )


def _point(point: Mapping[str, Any]) -> Point:
    return Point(int(point["slot_no"]), str(point["header_hash"]))


def _plain(metadatum: Mapping[str, Any]) -> Any:
    """Out of "detailed schema" JSON: each value is told with its kind."""
    ((kind, value),) = metadatum.items()
    match kind:
        case "int" | "string":
            return value
        case "bytes":
            return f"0x{value}"
        case "list":
            return [_plain(item) for item in value]
        case "map":
            return {str(_plain(pair["k"])): _plain(pair["v"]) for pair in value}
    raise ValueError(f"{kind} is no kind of metadatum")
