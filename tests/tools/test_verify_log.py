"""Two checkpoints and the tiles of a log: ours, and what the Go project's own package says of them."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.transparency.checkpoints import Checkpoint, NoteKey
from domain.transparency.leaves import Leaf, LeafKind
from domain.transparency.tiles import Tile, TileId, append, edge_ids, tree_root
from tests.activities.registry import SIGNER
from tests.fakes.witness import NAME, RunningWitness
from tools.verify_log import main

ORIGIN = "registry.example/api/v1/registry/log"
KEY = NoteKey(ORIGIN, SIGNER.public_key)
GO = Path(__file__).parent / "go"
WITNESS = RunningWitness("", ORIGIN, SIGNER.public_key)


def leaves(count: int, *, forged: int | None = None) -> list[bytes]:
    return [
        Leaf(LeafKind.AUDIT, at + 1, f"{at + (at == forged) * 10**6:064x}").content
        for at in range(count)
    ]


def publish(folder: Path, content: list[bytes], *sizes: int) -> None:
    """A log that had checkpoints of these sizes, as a folder with the files that it serves."""
    tiles: dict[TileId, Tile] = {}
    before = 0
    for size in sizes:
        edge = [tiles[id] for id in edge_ids(before)]
        added = append(edge, before, content[before:size])
        tiles |= {tile.id: tile for tile in added}
        for path, data in (file for tile in added for file in tile.files()):
            file = folder / "tile" / str(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        root = tree_root({id: tile.hashes for id, tile in tiles.items()}, size)
        signed = Checkpoint(ORIGIN, size, root).signed(KEY, SIGNER.sign)
        (folder / f"checkpoint-{size}").write_text(signed.note)
        (folder / "checkpoint").write_text(signed.note)
        before = size


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., int]:
    publish(tmp_path / "log", leaves(600), 1, 300, 600)
    publish(tmp_path / "forked", leaves(600, forged=270), 1, 300, 600)

    def run(old: str, *arguments: str, log: str = "log") -> int:
        given = [argument.replace("@", f"{tmp_path}/") for argument in arguments]
        return main([f"{tmp_path}/{old}", *given, "--log", f"{tmp_path}/{log}"])

    return run


@pytest.mark.parametrize("old", ["log/checkpoint-1", "log/checkpoint-300", "log/checkpoint-600"])
def test_a_log_goes_on_from_each_of_its_checkpoints(
    check: Callable[..., int], capsys: pytest.CaptureFixture[str], old: str
) -> None:
    assert check(old, "--key", str(KEY)) == 0
    assert "The log of 600 leaves goes on from" in capsys.readouterr().out


def test_the_first_leaf_that_differs_is_named(
    check: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("log/checkpoint-300", "--copy", "@log", log="forked") == 1

    said = capsys.readouterr().out
    assert "The first 300 leaves of the log lead to another root" in said
    assert "The first leaf that differs from the copy is 270." in said
    assert check("log/checkpoint-1", log="forked") == 0, "its first leaf is the same"


REFUSED = {
    "a log that shrank": (["log/checkpoint-600", "@log/checkpoint-300"], 1, "has 300 leaves"),
    "another key": (
        ["log/checkpoint-1", "--key", str(NoteKey(ORIGIN, bytes(range(32))))],
        1,
        "No key of the log signed",
    ),
    "no cosignature": (
        ["log/checkpoint-1", "--witness", WITNESS.verifier_key],
        1,
        f"{NAME} did not cosign",
    ),
    "no checkpoint": (["log/tile/0/000"], 2, "is no checkpoint"),
    "no file": (["log/nothing"], 2, "cannot be read"),
    "no key": (["log/checkpoint-1", "--key", "x"], 2, "is no key"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_is_said(
    check: Callable[..., int], capsys: pytest.CaptureFixture[str], what: str
) -> None:
    arguments, code, sentence = REFUSED[what]

    assert check(*arguments) == code
    told = capsys.readouterr()
    assert sentence in told.out + told.err


def test_a_missing_tile_is_no_verdict(
    check: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log" / "tile" / "0" / "001").unlink()

    assert check("log/checkpoint-300") == 2
    assert "has no tile 0/001" in capsys.readouterr().err


def test_the_checkpoint_may_be_kept_for_the_next_time(
    check: Callable[..., int], tmp_path: Path
) -> None:
    assert check("log/checkpoint-1", "--save", "@kept") == 0

    assert (tmp_path / "kept").read_text() == (tmp_path / "log" / "checkpoint-600").read_text()


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("go") is None, reason="there is no Go here")
@pytest.mark.parametrize(("log", "holds"), [("log", True), ("forked", False)])
def test_gos_own_package_says_the_same(
    check: Callable[..., int], tmp_path: Path, log: str, holds: bool
) -> None:
    assert check("log/checkpoint-300", log=log) == (0 if holds else 1)
    ran = subprocess.run(
        [
            *("go", "run", ".", f"{tmp_path}/{log}", str(KEY)),
            *(f"{tmp_path}/log/checkpoint-300", f"{tmp_path}/{log}/checkpoint-600"),
        ],
        cwd=GO,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode == 0) is holds, ran.stderr
    assert ran.stdout == ("600 leaves go on from 300\n" if holds else "")
