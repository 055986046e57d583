"""The platform's wallets, put together from its keys: the present one, and those given up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from adapters.chain.keys.opening import open_key, open_platform_key
from adapters.chain.signer import Key, PolicySigner, StoredPayloads
from adapters.chain.wallet import PlatformWallet, enterprise_address
from adapters.settings import Settings
from domain.signing_policy import SigningPolicy
from domain.wallets import DEFAULT_WALLET

TTL_SLACK_SLOTS = 120
"""The tip that a TTL was reckoned from may be some blocks behind the one that is named."""


@dataclass(frozen=True)
class PlatformWallets:
    """`present` by their names; `retired` may pay the present ones alone."""

    present: Mapping[str, PlatformWallet]
    retired: tuple[PlatformWallet, ...] = ()


def open_wallets(settings: Settings, stored: StoredPayloads) -> PlatformWallets:
    """
    Open every key, and bind each to the present addresses.

    Raises:
        As `open_platform_key`; ValueError: a present key is also named as given up.
    """
    present = {
        DEFAULT_WALLET: open_platform_key(settings),
        **{
            name: open_key(reference, settings)
            for name, reference in settings.platform_wallets.items()
        },
    }
    retired = [open_key(reference, settings) for reference in settings.retired_platform_keys]
    in_use = {key.public_key() for key in present.values()}
    if in_use & {key.public_key() for key in retired}:
        raise ValueError("RETIRED_PLATFORM_KEYS names a key that is in use")
    policy = policy_for(present.values(), settings)

    def wallet(key: Key) -> PlatformWallet:
        return PlatformWallet(PolicySigner(key, policy, stored), settings.cardano_network)

    return PlatformWallets(
        {name: wallet(key) for name, key in present.items()},
        tuple(wallet(key) for key in retired),
    )


def policy_for(present: Iterable[Key], settings: Settings) -> SigningPolicy:
    addresses = (enterprise_address(key.public_key(), settings.cardano_network) for key in present)
    return SigningPolicy(
        own_addresses=frozenset(bytes(address.to_primitive()) for address in addresses),
        fee_lovelace_max=settings.signing_fee_lovelace_max,
        ttl_slots_max=settings.transaction_ttl_slots + TTL_SLACK_SLOTS,
    )
