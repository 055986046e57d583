"""The platform's wallets: what signs, what they hold, and whose addresses are ours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.chain.transactions import ProtocolParameters, SignedTransaction, UnspentOutput
from domain.chain.wallets import PlatformAddress, WalletState


class WalletTooLow(Exception):
    """The wallet's inputs cannot pay the fee and keep the smallest change output."""


class Wallet(Protocol):
    """The platform wallet: it pays itself, and its transactions carry the records."""

    @property
    def address(self) -> str: ...

    @property
    def public_key(self) -> bytes:
        """Raw Ed25519, 32 bytes."""

    @property
    def network(self) -> str: ...

    async def sign(
        self,
        metadata: Mapping[str, Any],
        *,
        record_ids: Sequence[UUID],
        inputs: Sequence[UnspentOutput],
        ttl_slot: int,
        parameters: ProtocolParameters,
    ) -> SignedTransaction:
        """
        Build and sign one transaction: the inputs, one change output to ourselves, `metadata` under 674.

        `record_ids` are the stored records that `metadata` was made from, in its order: the signer
        reads them itself and signs nothing else (ADR 0018).

        Raises:
            UnfitMetadata: the chain would refuse the metadata, or the transaction grows too large.
            WalletTooLow: the inputs do not pay the fee and leave a change output the chain accepts.
            SigningRefused: the body breaks a rule of `domain/chain/signing_policy.py`.
        """

    async def sweep(
        self,
        to_address: str,
        *,
        inputs: Sequence[UnspentOutput],
        ttl_slot: int,
        parameters: ProtocolParameters,
    ) -> SignedTransaction:
        """
        Build and sign the move of all `inputs` to another address of ours, with no metadata.

        Raises:
            WalletTooLow: the inputs do not pay the fee and leave an output the chain accepts.
            SigningRefused: `to_address` is not one of the platform's.
        """


class WalletUtxos(Protocol):
    """The wallet's UTxOs as the registry knows them; the provider is asked only when there are none."""

    async def lock_unspent(self, address: str) -> Sequence[UnspentOutput]: ...

    async def add(self, address: str, outputs: Sequence[UnspentOutput]) -> None: ...

    async def spend(self, outputs: Sequence[UnspentOutput], tx_hash: str) -> None: ...

    async def release(self, tx_hash: str) -> None:
        """Give back what a transaction that can no longer land had spent, and drop its change."""

    async def spenders(self, tx_hash: str) -> Sequence[str]:
        """Our transactions that spend an output of this one."""

    async def paid_by(self, tx_hashes: Sequence[str]) -> Sequence[str]:
        """The addresses that outputs of these transactions are at, spent or not."""

    async def drop_absent(self, address: str, shown: Sequence[UnspentOutput]) -> int:
        """
        Forget unspent outputs that are not among those `shown` by the chain, and count them.

        The change of a transaction that is not confirmed is kept: the chain cannot show it yet.
        """


class Wallets(Protocol):
    async def lock(self, network: str, name: str, address: str) -> WalletState:
        """Held until the commit; a wallet that was never seen, or at another address, is noted first."""

    async def save(self, state: WalletState) -> None: ...


class PlatformAddresses(Protocol):
    """The registry's own addresses, with their times, for everybody to see."""

    async def add(self, address: PlatformAddress) -> None:
        """It is ours; one that is known stays as it is."""

    async def pays(self, address: PlatformAddress) -> None:
        """It is ours and in use: one that was closed is open again."""

    async def get(self, address: str) -> PlatformAddress | None: ...

    async def close(self, address: str, until: datetime) -> None: ...

    async def unsettled_transactions(self, address: str) -> int:
        """How many of its transactions are neither final nor expired."""
