"""Two worlds for the same tests: a chain, a funded wallet, and a hand that makes things happen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from pycardano import (
    Address,
    Transaction,
    TransactionBody,
    TransactionId,
    TransactionInput,
    TransactionOutput,
    TransactionWitnessSet,
    VerificationKey,
    VerificationKeyWitness,
)
from pycardano.serialization import NonEmptyOrderedSet, OrderedSet

from activities.ports.chain.provider import Chain, ChainMisconfigured, ChainUnavailable
from adapters.chain.wallet.signer import Key
from adapters.chain.wallet.wallet import PlatformWallet
from domain.chain.networks import CardanoNetwork
from domain.chain.transactions import SignedTransaction, UnspentOutput
from tests.fakes.chain import PREVIEW_PARAMETERS, SLOTS_PER_BLOCK, FakeChain, SeedSigner

FUNDS_LOVELACE = (40_000_000, 7_000_000)
"""What each test's wallet begins with."""


class Hand(Protocol):
    """What a test makes happen to its chain."""

    async def mine(self, blocks: int = 1, *, slots: int = SLOTS_PER_BLOCK) -> None: ...
    async def rollback(self, blocks: int = 1, *, requeue: bool = True) -> None: ...
    async def lose_answers(self, times: int = 1) -> None: ...
    async def hide_transactions(self, times: int = 1) -> None: ...
    async def keep_history(self, blocks: int | None) -> None:
        """Only so many of the newest blocks are shown from now on; None: all."""

    async def fall_silent(self, status: int = 503) -> None:
        """The server is broken, or asks for patience."""

    async def lock_out(self, status: int = 403) -> None:
        """The server refuses to serve us."""


@dataclass(frozen=True)
class World:
    chain: Chain
    signer: SeedSigner
    hand: Hand

    @property
    def wallet(self) -> PlatformWallet:
        return PlatformWallet(self.signer, CardanoNetwork.DEVNET)

    async def funds(self) -> Sequence[UnspentOutput]:
        """The wallet's outputs, largest first."""
        outputs = await self.chain.unspent_outputs(self.wallet.address)
        return sorted(outputs, key=lambda output: -output.lovelace)

    async def sign(
        self,
        payload: Mapping[str, Any],
        *inputs: UnspentOutput,
        ttl_slots: int = 7_200,
    ) -> SignedTransaction:
        tip = await self.chain.tip()
        return await self.wallet.sign(
            payload,
            record_ids=(),
            inputs=inputs or (await self.funds())[:1],
            ttl_slot=tip.slot + ttl_slots,
            parameters=PREVIEW_PARAMETERS,
        )


async def pay(world: World, address: str, *amounts: int) -> Sequence[UnspentOutput]:
    """Send lovelace out of the world's wallet, and answer the new outputs; no block holds them yet."""
    source = (await world.funds())[0]
    ample_fee = 300_000
    change = source.lovelace - sum(amounts) - ample_fee
    receivers = [*((address, lovelace) for lovelace in amounts), (world.wallet.address, change)]
    body = TransactionBody(
        OrderedSet([TransactionInput(TransactionId(bytes.fromhex(source.tx_hash)), source.index)]),
        [TransactionOutput(Address.from_primitive(to), lovelace) for to, lovelace in receivers],
        fee=ample_fee,
        ttl=(await world.chain.tip()).slot + 7_200,
    )
    await world.chain.submit(signed_by(world.signer.key, body))
    return [UnspentOutput(str(body.id), index, amount) for index, amount in enumerate(amounts)]


def signed_by(key: Key, body: TransactionBody, auxiliary_data: Any = None) -> bytes:
    """Any body, signed: what the wallet itself would never build."""
    witness = VerificationKeyWitness(VerificationKey(key.public_key()), key.sign(body.hash()))
    witnesses = TransactionWitnessSet(vkey_witnesses=NonEmptyOrderedSet([witness]))
    encoded: bytes = Transaction(body, witnesses, True, auxiliary_data).to_cbor()
    return encoded


class FakeHand:
    def __init__(self, chain: FakeChain) -> None:
        self._chain = chain

    async def mine(self, blocks: int = 1, *, slots: int = SLOTS_PER_BLOCK) -> None:
        self._chain.mine(blocks, slots=slots)

    async def rollback(self, blocks: int = 1, *, requeue: bool = True) -> None:
        self._chain.rollback(blocks, requeue=requeue)

    async def lose_answers(self, times: int = 1) -> None:
        self._chain.lose_answers(times)

    async def hide_transactions(self, times: int = 1) -> None:
        self._chain.hide_transactions(times)

    async def keep_history(self, blocks: int | None) -> None:
        self._chain.keep_history(blocks)

    async def fall_silent(self, status: int = 503) -> None:
        self._chain.fail(ChainUnavailable(f"HTTP {status}"))

    async def lock_out(self, status: int = 403) -> None:
        self._chain.fail(ChainMisconfigured(f"HTTP {status}"))


class DevnetHand:
    """The devnet's control calls: /devnet/mine, /devnet/rollback, /devnet/fault."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    async def mine(self, blocks: int = 1, *, slots: int = SLOTS_PER_BLOCK) -> None:
        await self._control("mine", {"blocks": blocks, "slots": slots})

    async def rollback(self, blocks: int = 1, *, requeue: bool = True) -> None:
        await self._control("rollback", {"blocks": blocks, "requeue": requeue})

    async def lose_answers(self, times: int = 1) -> None:
        await self.fault({"lose_response": True, "path": "/tx/submit", "times": times})

    async def hide_transactions(self, times: int = 1) -> None:
        await self.fault({"status": 404, "path": "/txs/", "times": times})

    async def keep_history(self, blocks: int | None) -> None:
        """At the door of Dolos, and at no other."""
        await self._control("history", {"blocks": blocks or 0})

    async def fall_silent(self, status: int = 503) -> None:
        await self.fault({"status": status})

    async def lock_out(self, status: int = 403) -> None:
        await self.fault({"status": status})

    async def fault(self, fault: Mapping[str, Any]) -> None:
        """Any trouble at all, as devstack/devnet/control.mjs takes it."""
        await self._control("fault", fault)

    async def calls(self) -> Mapping[str, int]:
        """How often each call has been made."""
        async with httpx.AsyncClient(trust_env=False) as client:
            calls: Mapping[str, int] = (await client.get(f"{self.origin}/devnet/state")).json()[
                "calls"
            ]
        return calls

    async def _control(self, command: str, body: Mapping[str, Any]) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{self.origin}/devnet/{command}", json=body)
        answer.raise_for_status()


class OwnNodeHand(DevnetHand):
    """The same troubles at the doors of Ogmios and Kupo."""

    async def lose_answers(self, times: int = 1) -> None:
        await self.fault({"lose_response": True, "path": "submitTransaction", "times": times})

    async def hide_transactions(self, times: int = 1) -> None:
        # An index that has not read the block yet knows of no such output.
        await self.fault({"empty": True, "path": "/matches/", "times": times})
