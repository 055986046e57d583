"""The platform's wallets, put together from its keys: those that write, and those given up."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.chain.keys.opening import open_platform_keys, open_retired_keys
from adapters.chain.signer import Key, PolicySigner, StoredPayloads
from adapters.chain.wallet import PlatformWallet, enterprise_address
from adapters.settings import Settings
from domain.signing_policy import SigningPolicy
from domain.wallets import DEFAULT_WALLET

TTL_SLACK_SLOTS = 120
"""The tip that a TTL was reckoned from may be some blocks behind the one that is named."""


@dataclass(frozen=True)
class PlatformWallets:
    """Each of `present` pays itself alone, and each of `retired` the default one of them alone."""

    present: Mapping[str, PlatformWallet]
    retired: tuple[PlatformWallet, ...] = ()


def open_wallets(settings: Settings, stored: StoredPayloads) -> PlatformWallets:
    """
    Open every key, and bind each to the address it may pay.

    Raises:
        As `open_platform_keys`; ValueError: two wallets have one key, or a key in use is also
            named as given up.
    """
    present = open_platform_keys(settings)
    retired = open_retired_keys(settings)
    public_keys = [key.public_key() for key in (*present.values(), *retired)]
    if len(set(public_keys)) < len(public_keys):
        raise ValueError("PLATFORM_WALLETS and RETIRED_PLATFORM_KEYS name one key twice")

    def wallet(key: Key, paying: Key) -> PlatformWallet:
        signer = PolicySigner(key, policy_for(paying, settings), stored)
        return PlatformWallet(signer, settings.cardano_network)

    return PlatformWallets(
        {name: wallet(key, key) for name, key in present.items()},
        tuple(wallet(key, present[DEFAULT_WALLET]) for key in retired),
    )


def policy_for(paying: Key, settings: Settings) -> SigningPolicy:
    address = enterprise_address(paying.public_key(), settings.cardano_network)
    return SigningPolicy(
        own_addresses=frozenset({bytes(address.to_primitive())}),
        fee_lovelace_max=settings.signing_fee_lovelace_max,
        ttl_slots_max=settings.transaction_ttl_slots + TTL_SLACK_SLOTS,
    )
