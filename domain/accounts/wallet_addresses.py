"""
Addresses that somebody's wallet signs for (CIP-19), as bytes.

Three kinds: a base address and one of a key alone (enterprise) are proven by their payment key, a
stake address by its stake key. Scripts sign nothing; pointers and Byron addresses are not linked.
"""

from dataclasses import dataclass

from domain.errors import Fault, Invalid

KEY_HASH_BYTES = 28
"""BLAKE2b-224 of an Ed25519 public key."""

_BASE_OF_KEYS, _BASE_WITH_SCRIPT_STAKE, _ENTERPRISE, _STAKE = 0, 2, 6, 14
_OF_SCRIPTS = frozenset({1, 3, 5, 7, 15})
_LENGTHS = {
    _BASE_OF_KEYS: 1 + 2 * KEY_HASH_BYTES,
    _BASE_WITH_SCRIPT_STAKE: 1 + 2 * KEY_HASH_BYTES,
    _ENTERPRISE: 1 + KEY_HASH_BYTES,
    _STAKE: 1 + KEY_HASH_BYTES,
}
_MAINNET_ID = 1


@dataclass(frozen=True)
class AddressNetwork:
    """The registry's own network: what it is called, and its id in addresses, 1 on mainnet and else 0."""

    name: str
    address_id: int


def unfit(detail: str) -> Invalid:
    return Invalid(detail, Fault("/address", detail))


@dataclass(frozen=True)
class WalletAddress:
    """`raw` is the address as bytes, its header first; made by `of` alone."""

    raw: bytes

    @classmethod
    def of(cls, raw: bytes) -> "WalletAddress":
        """
        Raises:
            Invalid: no address of a key, whatever the network.
        """
        kind = raw[0] >> 4 if raw else None
        if kind in _OF_SCRIPTS:
            raise unfit("A script signs nothing; give an address of a key.")
        if kind not in _LENGTHS:
            raise unfit("Address must be a base, enterprise or stake address of Cardano.")
        if len(raw) != _LENGTHS[kind] or raw[0] & 0x0F > 1:
            raise unfit("Address is not complete.")
        return cls(raw)

    @property
    def network_id(self) -> int:
        """0 on every test network, 1 on mainnet: nothing in an address tells Preview from Preprod."""
        return self.raw[0] & 0x0F

    @property
    def is_stake(self) -> bool:
        return self.raw[0] >> 4 == _STAKE

    @property
    def prefix(self) -> str:
        """As bech32 begins with it."""
        noun = "stake" if self.is_stake else "addr"
        return noun if self.network_id == _MAINNET_ID else f"{noun}_test"

    @property
    def key_hash(self) -> bytes:
        """Of the key that signs for it."""
        return self.raw[1 : 1 + KEY_HASH_BYTES]

    @property
    def stake_hash(self) -> bytes | None:
        """Of a base address' stake key, which does not sign for it."""
        rest = self.raw[1 + KEY_HASH_BYTES :]
        return rest or None

    def require_network(self, network: AddressNetwork) -> None:
        """
        Raises:
            Invalid: it is of mainnet and the registry is not, or the other way round.
        """
        if self.network_id == network.address_id:
            return
        theirs = "mainnet" if self.network_id == _MAINNET_ID else "a test network"
        raise unfit(
            f"This address is of {theirs}, and this registry is on Cardano {network.name}. Switch the network in"
            " your wallet, and try again."
        )
