"""The platform's wallets, put together from its keys: those that write, and those given up."""

from collections.abc import Mapping
from dataclasses import dataclass

from activities.ports.clock import Clock
from adapters.chain.keys.opening import open_platform_keys, open_retired_keys
from adapters.chain.wallet.addresses import address_bytes, enterprise_address
from adapters.chain.wallet.signer import Key, PolicySigner, StoredPayloads
from adapters.chain.wallet.wallet import PlatformWallet
from adapters.settings.chain import ChainSettings
from adapters.settings.keys import KeySettings
from domain.chain.signing_policy import SigningPolicy
from domain.chain.wallets import DEFAULT_WALLET


@dataclass(frozen=True)
class PlatformWallets:
    """
    Each of `present` pays itself alone, for records alone; each of `retired` moves what it holds to
    the default one of them, and does nothing else.
    """

    present: Mapping[str, PlatformWallet]
    retired: tuple[PlatformWallet, ...] = ()


def open_wallets(
    keys: KeySettings, chain: ChainSettings, stored: StoredPayloads, clock: Clock
) -> PlatformWallets:
    """
    Open every key, and bind each to the address it may pay.

    Raises:
        As `open_platform_keys`; ValueError: two wallets have one key, or a key in use is also
            named as given up.
    """
    present = open_platform_keys(keys)
    retired = open_retired_keys(keys)
    public_keys = [key.public_key() for key in (*present.values(), *retired)]
    if len(set(public_keys)) < len(public_keys):
        raise ValueError("PLATFORM_WALLETS and RETIRED_PLATFORM_KEYS name one key twice")

    def wallet(key: Key, paying: Key, *, sweeps: bool = False) -> PlatformWallet:
        policy = policy_for(paying, keys, chain, sweeps=sweeps)
        signer = PolicySigner(key, policy, stored, clock)
        return PlatformWallet(signer, chain.cardano_network)

    return PlatformWallets(
        {name: wallet(key, key) for name, key in present.items()},
        tuple(wallet(key, present[DEFAULT_WALLET], sweeps=True) for key in retired),
    )


def policy_for(
    paying: Key, keys: KeySettings, chain: ChainSettings, *, sweeps: bool
) -> SigningPolicy:
    """What a key may sign that pays the address of `paying`."""
    address = enterprise_address(paying.public_key(), chain.cardano_network)
    return SigningPolicy(
        own_addresses=frozenset({address_bytes(address)}),
        fee_lovelace_max=keys.signing_fee_lovelace_max,
        ttl_slots_max=chain.transaction_ttl_slots,
        slot_zero_at=chain.slot_zero_at,
        clock_tolerance_slots=keys.signing_clock_tolerance_slots,
        sweeps=sweeps,
    )
