"""
Check that one checkpoint of a transparency log goes on from another, by the log's own tiles.

    python -m tools.verify_log old.checkpoint --log https://registry.example/api/v1/registry/log \
        --key registry.example/api/v1/registry/log+1ab2c3d4+AQ…

Without a second file it is compared with what the log shows now, which `--save` keeps for the next
time. `--copy` is another copy of the old log (an address or a folder of tiles): where the two are not
one log, the first leaf that differs is named. `--witness` must have cosigned the newer one.

Needs this file, `domain/` and three packages: httpx, pynacl and rfc8785. It sends GET requests only,
to the log and to the copy.

Exit codes: 0 the newer one goes on from the older, 1 it does not, 2 it could not be checked.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import httpx
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from domain.transparency.checkpoints import CHECKPOINT_BYTES_MAX, Checkpoint, NoteKey
from domain.transparency.merkle import HASH_BYTES
from domain.transparency.tiles import TILE_WIDTH, TileId, TilePath, ids_for, tree_root

HOLDS, DOES_NOT_HOLD, NOT_CHECKED = 0, 1, 2

TIMEOUT_SECONDS = 20.0
TILE_BYTES_MAX = TILE_WIDTH * HASH_BYTES

Read = Callable[[str], bytes | None]
"""The bytes at a path below a log's address; None: there is nothing."""


class CannotFollow(Exception):
    """Arguments, files or servers do not allow a check; the sentence says what to mend."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    try:
        read = _reader(options.log)
        old = _checkpoint(_file(options.old), options.old)
        note = _file(options.new) if options.new else _newest(read, options.log)
        new = _checkpoint(note, options.new or f"{options.log}/checkpoint")
        keys = [_key(text) for text in options.key]
        witnesses = [_key(text) for text in options.witness]
        copy = _reader(options.copy) if options.copy else None
        faults = [*_unsigned(old, keys, ()), *_unsigned(new, keys, witnesses)]
        faults += inconsistencies(old, new, read, copy)
    except CannotFollow as refusal:
        print(f"Not checked: {_printable(str(refusal))}", file=sys.stderr)
        return NOT_CHECKED
    for fault in faults:
        print(f"✗ {_printable(fault)}")
    if faults:
        print("\nThe newer checkpoint does NOT go on from the older one.")
        return DOES_NOT_HOLD
    if options.save:
        Path(options.save).write_bytes(note)
    if not keys:
        print("- No --key was named, so that whose signatures they are was not checked.")
    print(f"The log of {new.size} leaves goes on from the one of {old.size}.")
    return HOLDS


def inconsistencies(
    old: Checkpoint, new: Checkpoint, read: Read, copy: Read | None = None
) -> list[str]:
    """
    What keeps the newer one from going on from the older; the tiles are held to both roots.

    Raises:
        CannotFollow: tiles are missing.
    """
    if old.origin != new.origin:
        return [f"They are of two logs: {old.origin} and {new.origin}."]
    if old.size > new.size:
        return [f"The newer one has {new.size} leaves, and the older one {old.size}."]
    ids = ids_for([(0, old.size), (0, new.size)])
    tiles = {id: _tile(read, id, new.size) for id in sorted(ids)}
    faults = []
    if tree_root(tiles, new.size) != new.root:
        faults.append(f"The log's tiles lead to another root than the newer one's of {new.size}.")
    if tree_root(tiles, old.size) != old.root:
        faults.append(
            f"The first {old.size} leaves of the log lead to another root than the older one's."
        )
        if copy is not None:
            faults.append(_first_difference(old.size, read, copy, new.size))
    return faults


def _first_difference(size: int, read: Read, copy: Read, new_size: int) -> str:
    for index in range((size + TILE_WIDTH - 1) // TILE_WIDTH):
        width = TilePath(0, index).width_at(size)
        shown = _tile(read, (0, index), new_size)[: width * HASH_BYTES]
        kept = _tile(copy, (0, index), size)[: width * HASH_BYTES]
        if shown != kept:
            place = next(
                at
                for at in range(width)
                if shown[at * HASH_BYTES : (at + 1) * HASH_BYTES]
                != kept[at * HASH_BYTES : (at + 1) * HASH_BYTES]
            )
            return f"The first leaf that differs from the copy is {index * TILE_WIDTH + place}."
    return "The copy has the same leaves; it is no copy of the older one's log."


def _tile(read: Read, id: TileId, size: int) -> bytes:
    """At its width in a tree of that size, or the full one, which may have taken its place."""
    path = TilePath(*id)
    width = path.width_at(size)
    for one in (TilePath(*id, width), path):
        found = read(f"tile/{one}")
        if found is not None and len(found) == one.width * HASH_BYTES:
            return found[: width * HASH_BYTES]
    raise CannotFollow(f"The log has no tile {TilePath(*id, width)}.")


def _unsigned(
    checkpoint: Checkpoint, keys: Sequence[NoteKey], witnesses: Iterable[NoteKey]
) -> list[str]:
    found = []
    if keys and not any(checkpoint.is_signed_by(key, _verify) for key in keys):
        found.append(f"No key of the log signed the checkpoint of {checkpoint.size} leaves.")
    return found + [
        f"{witness.name} did not cosign the checkpoint of {checkpoint.size} leaves."
        for witness in witnesses
        if not checkpoint.is_signed_by(witness, _verify)
    ]


def _newest(read: Read, name: str) -> bytes:
    found = read("checkpoint")
    if found is None:
        raise CannotFollow(f"{name} has no checkpoint.")
    return found


def _checkpoint(note: bytes, name: str) -> Checkpoint:
    try:
        checkpoint = Checkpoint.parse(note.decode("utf-8"))
    except ValueError as fault:
        raise CannotFollow(f"{name} is no checkpoint: {fault}") from None
    if checkpoint.size == 0:
        raise CannotFollow(f"{name} is of an empty log.")
    return checkpoint


def _key(text: str) -> NoteKey:
    try:
        return NoteKey.parse(text)
    except ValueError as fault:
        raise CannotFollow(f"{text} is no key: {fault}.") from None


def _file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(CHECKPOINT_BYTES_MAX + 1)
    except OSError as error:
        raise CannotFollow(f"{name} cannot be read: {error.strerror}.") from None


def _reader(address: str) -> Read:
    if not re.match(r"https?://[^/]", address):
        return _folder(Path(address))
    client = httpx.Client(timeout=TIMEOUT_SECONDS)
    base = address.rstrip("/")

    def read(path: str) -> bytes | None:
        most = max(CHECKPOINT_BYTES_MAX, TILE_BYTES_MAX)
        try:
            with client.stream("GET", f"{base}/{path}") as answer:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    return None
                if answer.status_code != httpx.codes.OK:
                    raise CannotFollow(f"{base} answered {answer.status_code}; try again later.")
                found = b""
                for part in answer.iter_bytes():
                    found += part
                    if len(found) > most:
                        raise CannotFollow(f"{base}/{path} is larger than any.")
                return found
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CannotFollow(f"{base} cannot be reached: {type(error).__name__}.") from None

    return read


def _folder(folder: Path) -> Read:
    def read(path: str) -> bytes | None:
        file = folder / path
        try:
            return file.read_bytes() if file.is_file() else None
        except OSError as error:
            raise CannotFollow(f"{file} cannot be read: {error.strerror}.") from None

    return read


def _verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(public_key).verify(message, signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify_log",
        description="Check that one checkpoint of a transparency log goes on from another.",
        epilog="Exit codes: 0 it does, 1 it does not, 2 it could not be checked.",
    )
    parser.add_argument("old", help="the file of a checkpoint that was kept")
    parser.add_argument("new", nargs="?", help="a newer one (default: what the log shows)")
    parser.add_argument(
        "--log", required=True, metavar="URL", help="where the log is, or a folder with its tiles"
    )
    parser.add_argument("--copy", metavar="URL", help="another copy of the log, as --log")
    parser.add_argument(
        "--key", metavar="KEY", action="append", default=[], help="the log's verifier key"
    )
    parser.add_argument(
        "--witness", metavar="KEY", action="append", default=[], help="who must have cosigned"
    )
    parser.add_argument("--save", metavar="FILE", help="keep the newer checkpoint there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
