"""A platform wallet: one key, one address, transactions to itself; and at its end, to its successor."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from adapters.chain.wallet.addresses import address_bytes, enterprise_address
from adapters.chain.wallet.signer import Signer
from adapters.chain.wallet.transactions import build
from domain.chain.networks import CardanoNetwork
from domain.chain.signing_policy import SigningOrder
from domain.chain.transactions import ProtocolParameters, SignedTransaction, UnspentOutput


class PlatformWallet:
    """
    Implements `activities.ports.chain.wallets.Wallet`.

    Its address is the enterprise address of the signer's key: nothing is staked. Preview, Preprod
    and the devnet share one network id, so their addresses are the same.
    """

    def __init__(self, signer: Signer, network: CardanoNetwork) -> None:
        self._signer = signer
        self._network = network
        self._address = enterprise_address(signer.public_key(), network)

    @property
    def address(self) -> str:
        return self._address

    @property
    def public_key(self) -> bytes:
        return self._signer.public_key()

    @property
    def network(self) -> str:
        return self._network.value

    async def sign(
        self,
        metadata: Mapping[str, Any],
        *,
        record_ids: Sequence[UUID],
        inputs: Sequence[UnspentOutput],
        ttl_slot: int,
        parameters: ProtocolParameters,
    ) -> SignedTransaction:
        order = SigningOrder(tuple(record_ids))
        return await self._sign(order, metadata, self.address, inputs, ttl_slot, parameters)

    async def sweep(
        self,
        to_address: str,
        *,
        inputs: Sequence[UnspentOutput],
        ttl_slot: int,
        parameters: ProtocolParameters,
    ) -> SignedTransaction:
        order = SigningOrder()
        return await self._sign(order, None, to_address, inputs, ttl_slot, parameters)

    async def _sign(
        self,
        order: SigningOrder,
        metadata: Mapping[str, Any] | None,
        to_address: str,
        inputs: Sequence[UnspentOutput],
        ttl_slot: int,
        parameters: ProtocolParameters,
    ) -> SignedTransaction:
        # Serialising takes milliseconds: in a thread.
        unsigned = await asyncio.to_thread(
            partial(
                build,
                metadata,
                inputs=inputs,
                address=address_bytes(to_address),
                ttl_slot=ttl_slot,
                parameters=parameters,
            )
        )
        signature = await self._signer.sign(unsigned.body, order)
        return unsigned.signed(self._signer.public_key(), signature)
