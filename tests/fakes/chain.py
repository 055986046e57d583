"""
A small Cardano chain in memory, with trouble on request.

It passes the tests in tests/adapters/chain/test_chain_contract.py, as does the real client on the
devnet. It knows inputs, outputs, TTL, blocks and rollbacks; it checks neither signatures nor fees
nor sizes, which is what the devnet is for.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from nacl.signing import SigningKey
from pycardano import Transaction

from activities.ports.chain.provider import UNKNOWN_PAYER, ChainUnavailable, TransactionRefused
from adapters.chain.wallet.signer import hash_of
from domain.chain.networks import CardanoNetwork, NetworkTold
from domain.chain.signing_policy import SigningOrder
from domain.chain.transactions import (
    BlockPoint,
    BlockStanding,
    Inclusion,
    ProtocolParameters,
    Tip,
    UnspentOutput,
)
from tests.factories import NOW

PREVIEW_PARAMETERS = ProtocolParameters(
    fee_per_byte=44,
    fee_fixed=155_381,
    transaction_bytes_max=16_384,
    lovelace_per_utxo_byte=4_310,
)
SLOTS_PER_BLOCK = 20
FIRST_SLOT = 100_000_000
SLOT_ZERO_AT = NOW - timedelta(seconds=FIRST_SLOT)

_OutputId = tuple[str, int]


class SeedKey:
    """A `Key` made from a name, so that tests need no key file."""

    def __init__(self, name: str) -> None:
        self._key = SigningKey(hashlib.sha256(name.encode()).digest())

    def public_key(self) -> bytes:
        return bytes(self._key.verify_key)

    def sign(self, body_hash: bytes) -> bytes:
        return self._key.sign(body_hash).signature


class SeedSigner:
    """A `Signer` that signs whatever it is given: what the policy refuses is tested elsewhere."""

    def __init__(self, name: str) -> None:
        self.key = SeedKey(name)

    def public_key(self) -> bytes:
        return self.key.public_key()

    async def sign(self, body: bytes, order: SigningOrder) -> bytes:
        return self.key.sign(hash_of(body))


@dataclass(frozen=True)
class Sent:
    tx_hash: str
    inputs: tuple[_OutputId, ...]
    outputs: tuple[tuple[str, int], ...]
    ttl_slot: int
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class _Block:
    height: int
    slot: int
    block_hash: str
    transactions: tuple[Sent, ...]


class ChainClock:
    """A clock that goes as a chain's slots do, for a signer that trusts its own alone."""

    def __init__(self, chain: "FakeChain") -> None:
        self._chain = chain

    def now(self) -> datetime:
        return SLOT_ZERO_AT + timedelta(seconds=self._chain.slot)


class FakeChain:
    """
    Implements `activities.ports.chain.provider.Chain`. Nothing happens by itself: the test mines.

    `funded` gives each address its first outputs, in lovelace. `submissions` keeps all bytes that
    were sent, refused ones too, in order.
    """

    def __init__(self, funded: Mapping[str, Sequence[int]] | None = None) -> None:
        self.submissions: list[bytes] = []
        self._genesis = {
            (hashlib.sha256(address.encode()).hexdigest(), index): (address, lovelace)
            for address, amounts in (funded or {}).items()
            for index, lovelace in enumerate(amounts)
        }
        self._numbers = count()
        self._slot = FIRST_SLOT
        self._blocks = [self._block(1, ())]
        self._mempool: list[Sent] = []
        self._failures: list[Exception] = []
        self._answers_to_lose = 0
        self._looks_to_miss = 0
        self._blocks_kept: int | None = None
        self.network_told = NetworkTold(magic=CardanoNetwork.DEVNET.facts.magic)

    @property
    def slot(self) -> int:
        return self._slot

    # The port.

    async def tip(self) -> Tip:
        self._fail_if_asked_to()
        newest = self._blocks[-1]
        return Tip(newest.height, newest.slot, newest.block_hash)

    async def network(self) -> NetworkTold:
        self._fail_if_asked_to()
        return self.network_told

    async def shows_height(self, height: int) -> bool:
        self._fail_if_asked_to()
        return any(block.height == height for block in self._shown_blocks())

    async def parameters(self) -> ProtocolParameters:
        self._fail_if_asked_to()
        return PREVIEW_PARAMETERS

    async def inclusion(self, tx_hash: str) -> Inclusion | None:
        self._fail_if_asked_to()
        if self._looks_to_miss:
            self._looks_to_miss -= 1
            return None
        for block in self._shown_blocks():
            if any(sent.tx_hash == tx_hash for sent in block.transactions):
                confirmations = self._blocks[-1].height - block.height
                return Inclusion(tx_hash, block.block_hash, block.height, block.slot, confirmations)
        return None

    async def standing(self, block: BlockPoint) -> BlockStanding:
        self._fail_if_asked_to()
        for shown in self._shown_blocks():
            if shown.height == block.height:
                same = shown.block_hash == block.block_hash
                return BlockStanding.STANDS if same else BlockStanding.REPLACED
        ends_below = self._blocks[-1].height < block.height
        return BlockStanding.REPLACED if ends_below else BlockStanding.NOT_SHOWN

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        self._fail_if_asked_to()
        for sent in self._shown():
            if sent.tx_hash == tx_hash:
                return sent.metadata
        raise ChainUnavailable(f"{tx_hash} is not shown")

    async def payers(self, tx_hash: str) -> Sequence[str]:
        self._fail_if_asked_to()
        made = dict(self._genesis)
        unknown = (UNKNOWN_PAYER, 0)
        for sent in self._shown():
            if sent.tx_hash == tx_hash:
                return tuple(made.get(spent, unknown)[0] for spent in sent.inputs)
            made |= {(sent.tx_hash, index): output for index, output in enumerate(sent.outputs)}
        raise ChainUnavailable(f"{tx_hash} is not shown")

    async def unspent_outputs(self, address: str) -> Sequence[UnspentOutput]:
        self._fail_if_asked_to()
        return tuple(
            UnspentOutput(tx_hash, index, lovelace)
            for (tx_hash, index), (owner, lovelace) in self._unspent(self._on_chain()).items()
            if owner == address
        )

    async def transactions_of(self, address: str, *, since_height: int = 0) -> Sequence[str]:
        self._fail_if_asked_to()
        owners = {spent: owner for spent, (owner, _) in self._genesis.items()}
        hashes = []
        for sent in self._shown():
            receivers = [receiver for receiver, _ in sent.outputs]
            payers = [owners.get(spent, UNKNOWN_PAYER) for spent in sent.inputs]
            if address in [*receivers, *payers] and self._height_of(sent) >= since_height:
                hashes.append(sent.tx_hash)
            owners |= {(sent.tx_hash, ix): receiver for ix, receiver in enumerate(receivers)}
        return tuple(hashes)

    async def submit(self, cbor: bytes) -> None:
        self._fail_if_asked_to()
        self.submissions.append(cbor)
        sent = _decode(cbor)
        if sent.ttl_slot <= self._slot:
            raise TransactionRefused("OutsideValidityIntervalUTxO")
        if not self._fits(sent, [*self._on_chain(), *self._mempool]):
            raise TransactionRefused(
                "All inputs are spent. Transaction has probably already been included"
            )
        self._mempool.append(sent)
        if self._answers_to_lose:
            self._answers_to_lose -= 1
            raise ChainUnavailable("the answer was lost")

    # What the test makes happen.

    def mine(self, blocks: int = 1, *, slots: int = SLOTS_PER_BLOCK) -> None:
        """Add blocks, `slots` apart. Transactions that are past their TTL fall out of the mempool."""
        for _ in range(blocks):
            self._slot += slots
            self._settle_mempool()
            height = self._blocks[-1].height + 1
            self._blocks.append(self._block(height, tuple(self._mempool)))
            self._mempool = []

    def rollback(self, blocks: int = 1, *, requeue: bool = True) -> None:
        """Take blocks away; their transactions return to the mempool, or with `requeue` off vanish."""
        undone = self._blocks[-blocks:]
        del self._blocks[-blocks:]
        if requeue:
            returned = [sent for block in undone for sent in block.transactions]
            self._mempool = [*returned, *self._mempool]
        self._settle_mempool()

    def give(self, address: str, lovelace: int) -> None:
        """Somebody outside pays to the address; it is on the chain at once."""
        tx_hash = hashlib.sha256(f"{address} {next(self._numbers)}".encode()).hexdigest()
        self._genesis[tx_hash, 0] = (address, lovelace)

    def lose_answers(self, times: int = 1) -> None:
        """The next submissions arrive, but their answers do not."""
        self._answers_to_lose += times

    def hide_transactions(self, times: int = 1) -> None:
        """The next looks for a transaction are answered by a replica that lags: not found."""
        self._looks_to_miss += times

    def keep_history(self, blocks: int | None) -> None:
        """From now on only so many of the newest blocks are shown, and what they hold; None: all."""
        self._blocks_kept = blocks

    def fail(self, failure: Exception, times: int = 1) -> None:
        """The next calls, whichever they are, raise `failure`."""
        self._failures += [failure] * times

    def _fail_if_asked_to(self) -> None:
        if self._failures:
            raise self._failures.pop(0)

    def _block(self, height: int, transactions: tuple[Sent, ...]) -> _Block:
        # A block that is mined again after a rollback is another block, with another hash.
        block_hash = hashlib.sha256(str(next(self._numbers)).encode()).hexdigest()
        return _Block(height, self._slot, block_hash, transactions)

    def _shown_blocks(self) -> list[_Block]:
        return self._blocks if self._blocks_kept is None else self._blocks[-self._blocks_kept :]

    def _shown(self) -> list[Sent]:
        return [sent for block in self._shown_blocks() for sent in block.transactions]

    def _on_chain(self) -> list[Sent]:
        return [sent for block in self._blocks for sent in block.transactions]

    def _height_of(self, sent: Sent) -> int:
        return next(block.height for block in self._blocks if sent in block.transactions)

    def _unspent(self, transactions: Iterable[Sent]) -> dict[_OutputId, tuple[str, int]]:
        outputs = dict(self._genesis)
        for sent in transactions:
            for spent in sent.inputs:
                del outputs[spent]
            outputs |= {(sent.tx_hash, ix): output for ix, output in enumerate(sent.outputs)}
        return outputs

    def _fits(self, sent: Sent, transactions: Iterable[Sent]) -> bool:
        return self._unspent(transactions).keys() >= set(sent.inputs)

    def _settle_mempool(self) -> None:
        waiting, self._mempool = self._mempool, []
        for sent in waiting:
            alive = sent.ttl_slot > self._slot
            if alive and self._fits(sent, [*self._on_chain(), *self._mempool]):
                self._mempool.append(sent)


def _decode(cbor: bytes) -> Sent:
    try:
        transaction = Transaction.from_cbor(cbor)
    except Exception as error:  # noqa: BLE001 - pycardano has no common error for bytes that are none
        raise TransactionRefused(f"DeserialiseFailure: {type(error).__name__}") from None
    body = transaction.transaction_body
    carried = transaction.auxiliary_data
    metadata = carried.data.metadata if carried else {}
    return Sent(
        tx_hash=str(transaction.id),
        inputs=tuple((str(spent.transaction_id), spent.index) for spent in body.inputs),
        outputs=tuple((str(output.address), output.lovelace) for output in body.outputs),
        ttl_slot=body.ttl,
        metadata={str(label): value for label, value in metadata.items()},
    )
