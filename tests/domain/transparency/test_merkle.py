"""The tree of the transparency log, held to RFC 6962's own definitions and to another's verification."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.transparency.merkle import (
    consistency_ranges,
    inclusion_ranges,
    leaf_hash,
    root_by_inclusion,
    roots_by_consistency,
)
from domain.transparency.tiles import (
    Tile,
    TileId,
    TilePath,
    append,
    edge_ids,
    entries_of,
    hash_of_range,
    ids_between,
    ids_for,
    tree_root,
)
from tests.fakes.witness import consistent

SIZES = [1, 2, 3, 255, 256, 257, 511, 512, 66_000]
LEAVES = [b"leaf %d" % number for number in range(66_000)]


def by_definition(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, from hashes of leaves."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    left, right = by_definition(hashes[:split]), by_definition(hashes[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def grown(*steps: int) -> dict[TileId, Tile]:
    tiles: dict[TileId, Tile] = {}
    size = 0
    for step in steps:
        edge = [tiles[id] for id in edge_ids(size)]
        added = append(edge, size, LEAVES[size : size + step])
        assert {tile.id for tile in added} == set(ids_between(size, size + step))
        tiles |= {tile.id: tile for tile in added}
        size += step
    return tiles


@pytest.fixture(scope="module")
def large() -> dict[TileId, bytes]:
    return {id: tile.hashes for id, tile in grown(SIZES[-1]).items()}


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_a_tree_is_the_same_however_it_grew(steps: list[int]) -> None:
    size = sum(steps)
    tiles = grown(*steps)

    assert tiles == grown(size)
    root = tree_root({id: tiles[id].hashes for id in ids_for([(0, size)])}, size)
    assert root == by_definition([leaf_hash(leaf) for leaf in LEAVES[:size]])
    earlier = {id: tile.at_size(steps[0]) for id, tile in tiles.items()}
    assert {id: tile for id, tile in earlier.items() if tile.width > 0} == grown(steps[0])


@pytest.mark.parametrize("size", SIZES)
def test_first_and_last_leaf_are_proven(large: dict[TileId, bytes], size: int) -> None:
    root = by_definition([leaf_hash(leaf) for leaf in LEAVES[:size]])
    for index in {0, size - 1, size // 2}:
        proof = [hash_of_range(large, leaves) for leaves in inclusion_ranges(index, size)]

        assert root_by_inclusion(leaf_hash(LEAVES[index]), index, size, proof) == root
        assert root_by_inclusion(leaf_hash(b"another"), index, size, proof) != root
        with pytest.raises(ValueError, match="hashes"):
            root_by_inclusion(leaf_hash(LEAVES[index]), index, size, [*proof, root])


@given(st.integers(1, 600), st.integers(0, 600))
def test_one_tree_goes_on_from_another(
    large: dict[TileId, bytes], old_size: int, more: int
) -> None:
    size = old_size + more
    old, new = (
        by_definition([leaf_hash(leaf) for leaf in LEAVES[:length]]) for length in (old_size, size)
    )
    proof = [hash_of_range(large, leaves) for leaves in consistency_ranges(old_size, size)]

    assert roots_by_consistency(old_size, size, old, proof) == (old, new)
    assert consistent(old_size, size, old, new, proof)
    forged = by_definition([leaf_hash(b"forged"), *map(leaf_hash, LEAVES[1:old_size])])
    assert roots_by_consistency(old_size, size, forged, proof) != (forged, new)
    assert not consistent(old_size, size, forged, new, proof)


def test_a_bundle_has_the_leaves() -> None:
    tiles = grown(300)

    assert entries_of(tiles[0, 1].entries) == LEAVES[256:300]
    assert [str(path) for path, _ in tiles[0, 1].files()] == ["0/001.p/44", "entries/001.p/44"]
    with pytest.raises(ValueError, match="within an entry"):
        entries_of(tiles[0, 1].entries[:-1])


PATHS = {
    "0/000": TilePath(0, 0),
    "1/x001/x234/067": TilePath(1, 1_234_067),
    "entries/x001/067.p/5": TilePath(None, 1067, 5),
    "63/999.p/255": TilePath(63, 999, 255),
}
NOT_PATHS = [
    *("", "0", "0/0", "0/1000", "0/x000/001", "0/001.p/0", "0/001.p/256", "0/001.p/05", "64/000"),
    *(
        "data/000",
        "0/../000",
        "0/000/",
        "00/000",
        "0/x1/000",
        "0/\u0660\u0660\u0660",
        "0/000.p/5\n",
    ),
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_read_as_it_is_written(path: str) -> None:
    assert TilePath.parse(path) == PATHS[path]
    assert str(PATHS[path]) == path


@pytest.mark.parametrize("path", NOT_PATHS)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not the path"):
        TilePath.parse(path)
