"""
The address of a key alone: an enterprise address, type 6 of CIP-19, to which nothing is staked.

Written with the `bech32` package rather than with pycardano, which imports every provider it knows,
Ogmios's client and Docker's among them: two seconds and 40 MB of each start for these few bytes.
Tests hold the two together.
"""

from hashlib import blake2b

from bech32 import bech32_decode, bech32_encode, convertbits

from domain.chain.networks import CardanoNetwork

_ENTERPRISE_TYPE = 0b0110 << 4
_KEY_HASH_BYTES = 28
_BYTES = 1 + _KEY_HASH_BYTES
_PREFIXES = {0: "addr_test", 1: "addr"}


def enterprise_address(public_key: bytes, network: CardanoNetwork) -> str:
    """In bech32; `public_key` is an Ed25519 key of 32 bytes."""
    network_id = network.facts.address_id
    key_hash = blake2b(public_key, digest_size=_KEY_HASH_BYTES).digest()
    # None stands for values of more than eight bits, which bytes are not.
    groups = convertbits(bytes([_ENTERPRISE_TYPE | network_id]) + key_hash, 8, 5) or []
    return bech32_encode(_PREFIXES[network_id], groups)


def address_bytes(address: str) -> bytes:
    """
    The 29 bytes of an enterprise address, as a transaction's output carries them.

    Raises:
        ValueError: it is no enterprise address of a key, of any Cardano network.
    """
    prefix, groups = bech32_decode(address)
    found = bytes(convertbits(groups, 5, 8, pad=False) or ()) if groups is not None else b""
    header = found[0] if len(found) == _BYTES else 0
    if header & 0xF0 != _ENTERPRISE_TYPE or _PREFIXES.get(header & 0x0F) != prefix:
        raise ValueError(f"{address!r} is not the address of a key alone")
    return found
