"""The platform wallet: one key, one address, transactions to itself."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pycardano import Address, Network, VerificationKey

from adapters.chain.signer import Signer
from adapters.chain.transactions import build
from adapters.settings import CardanoNetwork
from domain.chain import ProtocolParameters, SignedTransaction, UnspentOutput


class PlatformWallet:
    """
    Implements `activities.ports.Wallet`.

    Its address is the enterprise address of the signer's key: nothing is staked. Preview, Preprod
    and the devnet share one network id, so their addresses are the same.
    """

    def __init__(self, signer: Signer, network: CardanoNetwork) -> None:
        self._signer = signer
        self._address = Address(
            payment_part=VerificationKey(signer.public_key()).hash(),
            network=Network.MAINNET if network is CardanoNetwork.MAINNET else Network.TESTNET,
        )

    @property
    def address(self) -> str:
        return str(self._address)

    async def sign(
        self,
        metadata: Mapping[str, Any],
        *,
        inputs: Sequence[UnspentOutput],
        ttl_slot: int,
        parameters: ProtocolParameters,
    ) -> SignedTransaction:
        # A key may live behind a network call, and serialising takes milliseconds: in a thread.
        return await asyncio.to_thread(
            partial(
                build,
                metadata,
                inputs=inputs,
                address=self._address,
                ttl_slot=ttl_slot,
                parameters=parameters,
                public_key=self._signer.public_key(),
                sign=self._signer.sign,
            )
        )
