"""
The chain through any server that speaks Blockfrost's HTTP: hosted Blockfrost, Dolos, Yaci Store,
the devnet. Which of their answers differ is in tests/adapters/chain/answers/README.md.

The official SDK gives the pages, the decoding and the query parameters. Its calls go through our
own session (transport.py), because its own have no timeout and no limit, and log what they send.
"""

import asyncio
import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any, TypeVar

import requests
from blockfrost import BlockFrostApi
from blockfrost.utils import list_request_wrapper, request_wrapper

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.chain.blockfrost.transport import NotShown, PoliteSession
from adapters.chain.circuit_breaker import CLOSED_SECONDS
from adapters.chain.parameters import EpochParameters
from domain.chain.transactions import Inclusion, ProtocolParameters, Tip, UnspentOutput

THREADS = 4
"""The SDK blocks. Its own few threads wait for the server, so that others' work never does."""

PAGE_LENGTH = 100
"""The longest page that all of these servers give."""

WINDOW_PAGES = 20
"""Dolos refuses pages beyond its 3,000th item; a longer list is read on from a later block."""

_TX_HASH = re.compile(r"[0-9a-f]{64}")

_Answer = TypeVar("_Answer")


class _SafeApi(BlockFrostApi):  # type: ignore[misc]  # the SDK publishes no types
    """
    The SDK with its requests moved onto our session: the one place where that is done.

    The SDK's own endpoint methods call the module-level `requests.get`, which can be replaced only
    for the whole process. So the two methods below take a path and are wrapped as the SDK wraps
    its own: `request_wrapper` decodes one answer, `list_request_wrapper` a page of a list. Its own
    gathering of pages calls itself for each, and breaks off after some hundreds.
    """

    def __init__(self, session: PoliteSession) -> None:
        # The session knows the address with its prefix, and the project id. The SDK is given
        # neither, so that nothing of its own can send or show them.
        super().__init__(project_id="kept by the session", base_url="kept by the session")
        self._session = session

    @request_wrapper  # type: ignore[untyped-decorator]
    def one(self, path: str, **_options: Any) -> requests.Response:
        return self._session.get(path)

    @list_request_wrapper  # type: ignore[untyped-decorator]
    def page(self, path: str, **options: Any) -> requests.Response:
        start = {"from": options["start"]} if options.get("start") else {}
        return self._session.get(path, params=self.query_parameters(options) | start)


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
        closed_seconds: float = CLOSED_SECONDS,
    ) -> None:
        session = PoliteSession(
            url,
            project_id=project_id,
            requests_per_second=requests_per_second,
            closed_seconds=closed_seconds,
        )
        self._epoch_parameters = EpochParameters()
        self._ask_through(session, THREADS)

    def _ask_through(self, session: PoliteSession, threads: int) -> None:
        self._session = session
        self._api = _SafeApi(session)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="chain")

    def in_background(self) -> "BlockfrostChain":
        """
        The same server within the same limit, for what yields to everybody else.

        With a thread of its own: while it waits for its turn, none of the others' is taken.
        """
        other = copy.copy(self)
        other._ask_through(self._session.in_background(), 1)  # noqa: SLF001 -- our own copy
        return other

    async def tip(self) -> Tip:
        return await self._ask(self._tip)

    async def parameters(self) -> ProtocolParameters:
        """As kept for the tip's epoch; the server is asked when that is a new one."""
        return await self._ask(self._parameters)

    async def inclusion(self, tx_hash: str) -> Inclusion | None:
        return await self._ask(self._inclusion, tx_hash)

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        """
        Raises:
            ChainUnavailable: also when this server does not show the transaction now; a replica
                that lags must not look like a record that has been changed.
        """
        return await self._ask(self._metadata, tx_hash)

    async def payers(self, tx_hash: str) -> Sequence[str]:
        return await self._ask(self._payers, tx_hash)

    async def unspent_outputs(self, address: str) -> Sequence[UnspentOutput]:
        return await self._ask(self._unspent_outputs, address)

    async def transactions_of(self, address: str, *, since_height: int = 0) -> Sequence[str]:
        return await self._ask(self._transactions_of, address, since_height)

    async def submit(self, cbor: bytes) -> None:
        await self._ask(self._submit, cbor)

    async def close(self) -> None:
        """Let the running requests end (at most their timeout), then close the connections."""
        await asyncio.to_thread(self._threads.shutdown)
        self._session.close()

    async def _ask(self, call: Callable[..., _Answer], *arguments: Any) -> _Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _strictly, call, *arguments)

    def _tip(self) -> Tip:
        block = self._one("/blocks/latest")
        self._epoch_parameters.tip_seen(_optional(block.get("epoch")))
        return Tip(int(block["height"]), int(block["slot"]), str(block["hash"]))

    def _parameters(self) -> ProtocolParameters:
        if not self._epoch_parameters.tip_is_fresh:
            self._tip()
        if (known := self._epoch_parameters.present) is not None:
            return known
        epoch = self._epoch_parameters.epoch
        answer = self._one("/epochs/latest/parameters")
        parameters = _parameters(answer)
        answered_for = _optional(answer.get("epoch"))
        self._epoch_parameters.keep(
            parameters, epoch=epoch if answered_for is None else answered_for
        )
        return parameters

    def _inclusion(self, tx_hash: str) -> Inclusion | None:
        # The block is asked for by its hash: after a rollback the height still answers, with
        # another block. When it is gone between the two answers, nothing is shown now.
        try:
            block_hash = self._one(f"/txs/{tx_hash}")["block"]
            block = self._one(f"/blocks/{block_hash}")
        except NotShown:
            return None
        height = int(block["height"])
        confirmations = _optional(block.get("confirmations"))
        return Inclusion(
            tx_hash=tx_hash,
            block_hash=str(block["hash"]),
            block_height=height,
            slot=int(block["slot"]),
            # Every server counts the blocks on top; one that says nothing makes us count them.
            confirmations=self._tip().height - height if confirmations is None else confirmations,
            block_time=_block_time(block),
        )

    def _metadata(self, tx_hash: str) -> Mapping[str, Any]:
        entries = self._one(f"/txs/{tx_hash}/metadata")
        return {str(entry["label"]): entry["json_metadata"] for entry in entries}

    def _payers(self, tx_hash: str) -> Sequence[str]:
        # Collateral is only spent when a script fails, and reference inputs never are.
        inputs = self._one(f"/txs/{tx_hash}/utxos")["inputs"]
        return tuple(
            str(entry["address"])
            for entry in inputs
            if not entry.get("collateral") and not entry.get("reference")
        )

    def _unspent_outputs(self, address: str) -> Sequence[UnspentOutput]:
        try:
            outputs = list(self._pages(f"/addresses/{address}/utxos"))
        except NotShown:
            return ()  # Blockfrost's answer for an address that was never used.
        # A block between two pages shifts them, and an output may then be shown twice.
        return tuple(dict.fromkeys(_unspent(output) for output in outputs if _is_plain(output)))

    def _transactions_of(self, address: str, since_height: int) -> Sequence[str]:
        hashes: dict[str, None] = {}
        start = str(since_height) if since_height else None
        while True:
            try:
                window = list(self._window(address, start))
            except NotShown:
                return tuple(hashes)
            hashes |= dict.fromkeys(str(entry["tx_hash"]) for entry in window)
            if len(window) < WINDOW_PAGES * PAGE_LENGTH:
                return tuple(hashes)
            start = _next_start(start, window[-1])

    def _window(self, address: str, start: str | None) -> Iterator[Mapping[str, Any]]:
        entries = self._pages(f"/addresses/{address}/transactions", start=start)
        return islice(entries, WINDOW_PAGES * PAGE_LENGTH)

    def _submit(self, cbor: bytes) -> None:
        # Not the SDK's call: that one takes the answer for JSON, but Dolos answers with bare text,
        # and an accepted transaction would look like a failure.
        try:
            answer = self._session.post_cbor("/tx/submit", cbor)
        except NotShown:
            raise ChainMisconfigured("POST /tx/submit: HTTP 404; check BLOCKFROST_URL") from None
        if not _TX_HASH.fullmatch(answer.text.strip().strip('"')):
            raise ChainUnavailable("POST /tx/submit: the answer is no transaction hash")

    def _one(self, path: str) -> Any:
        return self._api.one(path, return_type="json")

    def _pages(self, path: str, **options: Any) -> Iterator[Mapping[str, Any]]:
        """
        What all pages of a list hold, oldest first; a page that is not full is the last.

        Length, number and order are always named: servers differ in what they take for granted.
        """
        for number in count(1):
            options |= {"count": PAGE_LENGTH, "page": number, "order": "asc"}
            page = self._api.page(path, **options, return_type="json")
            if not isinstance(page, list):
                # An empty object must not pass for "there is none".
                raise TypeError("a page is a list")
            yield from page
            if len(page) < PAGE_LENGTH:
                return


def _strictly(call: Callable[..., _Answer], *arguments: Any) -> _Answer:
    """Turn an answer that is no JSON, or JSON of another shape, into the failure that it is."""
    try:
        return call(*arguments)
    except NotShown as error:
        fault = f"{error}: HTTP 404"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fault = f"{call.__name__.lstrip('_')}: unreadable answer ({type(error).__name__})"
    raise ChainUnavailable(fault)


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


def _parameters(answer: Mapping[str, Any]) -> ProtocolParameters:
    # Since Babbage the older name means the same; some servers fill only that.
    per_byte = answer.get("coins_per_utxo_size") or answer["coins_per_utxo_word"]
    return ProtocolParameters(
        fee_per_byte=int(answer["min_fee_a"]),
        fee_fixed=int(answer["min_fee_b"]),
        transaction_bytes_max=int(answer["max_tx_size"]),
        lovelace_per_utxo_byte=int(per_byte),
        block_bytes_max=int(answer["max_block_size"]),
    )


def _optional(number: Any) -> int | None:
    return None if number is None else int(number)


def _is_plain(output: Mapping[str, Any]) -> bool:
    # Anybody can send tokens or scripts to our address. Spending those would need a larger change
    # output and a higher fee than the builder reckons with, so they stay where they are.
    only_lovelace = [amount["unit"] for amount in output["amount"]] == ["lovelace"]
    return only_lovelace and output.get("reference_script_hash") is None


def _block_time(block: Mapping[str, Any]) -> datetime | None:
    """Not every server that speaks Blockfrost's HTTP says it."""
    return datetime.fromtimestamp(int(block["time"]), UTC) if block.get("time") else None


def _unspent(output: Mapping[str, Any]) -> UnspentOutput:
    return UnspentOutput(
        tx_hash=str(output["tx_hash"]),
        index=int(output["output_index"]),
        lovelace=int(output["amount"][0]["quantity"]),
    )
