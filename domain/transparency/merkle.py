"""
The Merkle tree of the transparency log: hashes, and proofs that a leaf is in it and that it only grew.

Hashes are SHA-256 as RFC 6962 (2.1) has them: 0x00 before a leaf, 0x01 before two children. A proof is
told as the ranges of leaves whose hashes it consists of, so that whoever makes it can fetch just those.
"""

import hashlib
from collections.abc import Callable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Range = tuple[int, int]
"""Leaves from the first number to before the second, counted from 0."""

Node = tuple[int, int]
"""A complete subtree: its height (0 is a leaf), and its place among those of that height."""


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """
    What the proof for a leaf consists of, from the leaf upwards (RFC 6962, 2.1.1).

    Raises:
        ValueError: there is no such leaf in a tree of that size.
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    found: list[Range] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    return found[::-1]


def consistency_ranges(old_size: int, size: int) -> list[Range]:
    """
    What the proof that the first `old_size` leaves are still the same consists of (RFC 6962, 2.1.2).

    Raises:
        ValueError: the old tree is empty or larger.
    """
    if not 0 < old_size <= size:
        raise ValueError(f"a tree of {size} does not go on from one of {old_size}")
    found: list[Range] = []
    low, high, is_whole = 0, size, True
    while old_size != high:
        middle = low + _split(high - low)
        if old_size <= middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low, is_whole = middle, False
    return ([] if is_whole else [(low, high)]) + found[::-1]


def complete_nodes(leaves: Range) -> list[Node]:
    """The complete subtrees that a range of leaves consists of, the largest first."""
    low, high = leaves
    found = []
    while low < high:
        height = (high - low).bit_length() - 1
        found.append((height, low >> height))
        low += 1 << height
    return found


def range_hash(leaves: Range, hash_of: Callable[[Node], bytes]) -> bytes:
    """The hash over a range of leaves, which begins where a subtree of its size may begin."""
    nodes = complete_nodes(leaves)
    if not nodes:
        return EMPTY_ROOT
    *left, found = [hash_of(node) for node in nodes]
    for hash in reversed(left):
        found = node_hash(hash, found)
    return found


def root_by_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """
    The root that a proof leads to from a leaf's hash; it holds when that is the tree's.

    Raises:
        ValueError: a proof for that place has another length.
    """
    ranges = inclusion_ranges(index, size)
    if len(ranges) != len(proof):
        raise ValueError(f"a proof for leaf {index} of {size} has {len(ranges)} hashes")
    found = leaf
    for (low, _), hash in zip(ranges, proof, strict=True):
        found = node_hash(hash, found) if low < index else node_hash(found, hash)
    return found


def roots_by_consistency(
    old_size: int, size: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """
    The roots of both trees that a proof leads to; it holds when they are both the trees' own.

    Raises:
        ValueError: a proof between those sizes has another length.
    """
    ranges = consistency_ranges(old_size, size)
    if len(ranges) != len(proof):
        raise ValueError(f"a proof from {old_size} to {size} has {len(ranges)} hashes")
    hashes = list(zip(ranges, proof, strict=True))
    # A tree of the old size that is a whole subtree of the new one is not in the proof.
    begins_with_old = bool(ranges) and ranges[0][0] < old_size and ranges[0][1] == old_size
    if begins_with_old:
        old = new = hashes.pop(0)[1]
    else:
        old = new = old_root
    for (low, _), hash in hashes:
        if low < old_size:
            old, new = node_hash(hash, old), node_hash(hash, new)
        else:
            new = node_hash(new, hash)
    return old, new


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
