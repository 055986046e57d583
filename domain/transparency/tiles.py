"""
The tree cut into tiles of 256 hashes, which never change once they are full.

Source: C2SP tlog-tiles (https://c2sp.org/tlog-tiles), for paths, tiles and bundles of entries.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.transparency.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    Node,
    Range,
    complete_nodes,
    leaf_hash,
    node_hash,
    range_hash,
)

TILE_WIDTH = 256
TILE_HEIGHT = 8
LEVEL_MAX = 5
"""A tree of 2^48 leaves; the specification allows paths up to level 63."""
ENTRY_BYTES_MAX = 65_535

_PLACE = re.compile(r"(?:x[0-9]{3}/){0,4}[0-9]{3}")
_PATH = re.compile(
    rf"(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<place>{_PLACE.pattern})"
    r"(?:\.p/(?P<width>[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5]))?"
)

TileId = tuple[int, int]
"""A tile's level, and its place in it."""


@dataclass(frozen=True)
class TilePath:
    """`level` None is a bundle of entries; `width` is how many hashes or entries there are in it."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @classmethod
    def parse(cls, path: str) -> "TilePath":
        """
        Raises:
            ValueError: it is not written as the specification has it.
        """
        found = _PATH.fullmatch(path)
        if found is None:
            raise ValueError("not the path of a tile")
        places = found["place"].replace("x", "").split("/")
        index = int("".join(places))
        made = cls(
            None if found["level"] == "entries" else int(found["level"]),
            index,
            int(found["width"] or TILE_WIDTH),
        )
        # x000/001 is another spelling of 001.
        if str(made) != path:
            raise ValueError("not the path of a tile")
        return made

    @property
    def tile(self) -> TileId:
        """The tile of hashes that it is, or that stands beside its entries."""
        return self.level or 0, self.index

    def width_at(self, size: int) -> int:
        """How wide it is in a tree of that size; 0: it is not there."""
        within = (size >> TILE_HEIGHT * (self.level or 0)) - self.index * TILE_WIDTH
        return min(TILE_WIDTH, max(0, within))

    def __str__(self) -> str:
        places, rest = [f"{self.index % 1000:03}"], self.index // 1000
        while rest:
            places.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level is None else str(self.level)
        part = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"{level}/{'/'.join(places)}{part}"


@dataclass(frozen=True)
class Tile:
    """`hashes` are up to 256 of 32 bytes; `entries` the bundle beside a tile of level 0, else empty."""

    level: int
    index: int
    hashes: bytes
    entries: bytes = b""

    @property
    def id(self) -> TileId:
        return self.level, self.index

    @property
    def width(self) -> int:
        return len(self.hashes) // HASH_BYTES

    def at_size(self, size: int) -> "Tile":
        """As it was when the tree had that size; the same where it was no shorter."""
        return self._cut(min(self.width, TilePath(self.level, self.index).width_at(size)))

    def file(self, path: TilePath) -> bytes:
        """What is published of it at a path of its own."""
        cut = self._cut(path.width)
        return cut.entries if path.level is None else cut.hashes

    def _cut(self, width: int) -> "Tile":
        at = 0
        for _ in range(width if self.level == 0 else 0):
            at += 2 + int.from_bytes(self.entries[at : at + 2], "big")
        return Tile(self.level, self.index, self.hashes[: width * HASH_BYTES], self.entries[:at])

    def files(self) -> Iterator[tuple[TilePath, bytes]]:
        """What is published of it."""
        yield TilePath(self.level, self.index, self.width), self.hashes
        if self.level == 0:
            yield TilePath(None, self.index, self.width), self.entries


def edge_ids(size: int) -> list[TileId]:
    """The tiles that further leaves change: on each level the last one, where it is not full."""
    return [
        (level, (size >> TILE_HEIGHT * level) // TILE_WIDTH)
        for level in range(LEVEL_MAX + 1)
        if (size >> TILE_HEIGHT * level) % TILE_WIDTH
    ]


def ids_between(old_size: int, size: int) -> list[TileId]:
    """The tiles that the leaves from `old_size` up to `size` add or lengthen."""
    found = []
    for level in range(LEVEL_MAX + 1):
        old, new = old_size >> TILE_HEIGHT * level, size >> TILE_HEIGHT * level
        if new > old:
            found += [(level, at) for at in range(old // TILE_WIDTH, (new - 1) // TILE_WIDTH + 1)]
    return found


def append(edge: Iterable[Tile], size: int, leaves: Sequence[bytes]) -> list[Tile]:
    """
    The tiles that leaves add or lengthen, after a tree of `size`; `edge` are those of `edge_ids`.

    Raises:
        ValueError: a leaf is longer than a bundle can hold.
    """
    begun = {tile.id: tile for tile in edge}
    hashes: dict[TileId, list[bytes]] = {}
    entries: dict[TileId, list[bytes]] = {}
    for number, leaf in enumerate(leaves, size):
        if len(leaf) > ENTRY_BYTES_MAX:
            raise ValueError("an entry of a bundle has at most 65535 bytes")
        place = number // TILE_WIDTH
        before = entries.setdefault((0, place), [])
        before += (len(leaf).to_bytes(2, "big"), leaf)
        level, hash = 0, leaf_hash(leaf)
        while True:
            id = (level, place)
            if id not in hashes:
                hashes[id] = _hashes(begun[id].hashes) if id in begun else []
            hashes[id].append(hash)
            if len(hashes[id]) < TILE_WIDTH:
                break
            level, place, hash = level + 1, place // TILE_WIDTH, _root_of(hashes[id])
    return [
        Tile(
            *id,
            b"".join(row),
            (begun[id].entries if id in begun else b"") + b"".join(entries.get(id, ())),
        )
        for id, row in hashes.items()
    ]


def tree_root(tiles: Mapping[TileId, bytes], size: int) -> bytes:
    """
    The root of a tree of that size; of `tiles` the ones of `ids_for([(0, size)])` are needed.

    Raises:
        KeyError: a tile is missing.
        ValueError: a tile is too short.
    """
    return hash_of_range(tiles, (0, size)) if size else EMPTY_ROOT


def ids_for(ranges: Iterable[Range]) -> set[TileId]:
    """The tiles from which the hashes over these ranges of leaves are computed."""
    return {_tile_of(node) for leaves in ranges for node in complete_nodes(leaves)}


def hash_of_range(tiles: Mapping[TileId, bytes], leaves: Range) -> bytes:
    """
    Raises:
        KeyError, ValueError: as for `tree_root`.
    """
    return range_hash(leaves, lambda node: _hash_of(tiles, node))


def entries_of(bundle: bytes) -> list[bytes]:
    """
    Raises:
        ValueError: the bytes are no whole bundle.
    """
    found, at = [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2], "big")
        entry = bundle[at + 2 : at + 2 + length]
        if at + 2 + length > len(bundle) or len(entry) != length:
            raise ValueError("the bundle ends within an entry")
        found.append(entry)
        at += 2 + length
    return found


def _tile_of(node: Node) -> TileId:
    height, place = node
    level, within = divmod(height, TILE_HEIGHT)
    return level, place >> (TILE_HEIGHT - within)


def _hash_of(tiles: Mapping[TileId, bytes], node: Node) -> bytes:
    height, place = node
    level, within = divmod(height, TILE_HEIGHT)
    first = (place & ((1 << TILE_HEIGHT - within) - 1)) << within
    hashes = _hashes(tiles[level, place >> (TILE_HEIGHT - within)])[first : first + (1 << within)]
    if len(hashes) != 1 << within:
        raise ValueError("a tile is shorter than the tree says")
    return _root_of(hashes)


def _hashes(tile: bytes) -> list[bytes]:
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def _root_of(hashes: Sequence[bytes]) -> bytes:
    """Of a power of two of them."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(*row[at : at + 2]) for at in range(0, len(row), 2)]
    return row[0]
