"""
Checkpoints: the size and root of the log, signed by the registry and by witnesses.

A checkpoint is a signed note. Its text is the log's origin, the size in decimal and the root in
base64, each on a line; after an empty line, a line for each signature. Witnesses add theirs
(`cosignature/v1`) when they have seen a proof that the log only grew.

Sources: C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-witness (https://c2sp.org).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from domain.transparency.merkle import HASH_BYTES

LOG_PATH = "/api/v1/registry/log"
CHECKPOINT_BYTES_MAX = 64 * 1024

_ED25519, _COSIGNATURE = 0x01, 0x04
_KEY_BYTES, _KEY_ID_BYTES, _SIGNATURE_BYTES, _TIME_BYTES = 32, 4, 64, 8
_NAME = re.compile(r"[^\s+\u0000-\u001f\u007f]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes, bytes], bool]
"""Of a public key, a message and a signature."""


@dataclass(frozen=True)
class NoteKey:
    """Whose signatures count: a name, and an Ed25519 key; of a witness, or of the log itself."""

    name: str
    public_key: bytes
    is_witness: bool = False

    @classmethod
    def parse(cls, text: str) -> "NoteKey":
        """
        Read a verifier key, `name+hash+key`, as note tools write it.

        Raises:
            ValueError: it is none, or of another algorithm than Ed25519.
        """
        name, _, rest = text.partition("+")
        stated, _, encoded = rest.partition("+")
        raw = _decoded(encoded)
        if (
            not _NAME.fullmatch(name)
            or len(raw) != 1 + _KEY_BYTES
            or raw[0] not in {_ED25519, _COSIGNATURE}
        ):
            raise ValueError("not a verifier key of Ed25519")
        key = cls(name, raw[1:], is_witness=raw[0] == _COSIGNATURE)
        if key.id.hex() != stated:
            raise ValueError("the verifier key names another hash than its own")
        return key

    @property
    def _algorithm(self) -> bytes:
        return bytes([_COSIGNATURE if self.is_witness else _ED25519])

    @property
    def id(self) -> bytes:
        """Four bytes before each signature."""
        named = self.name.encode() + b"\n" + self._algorithm + self.public_key
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        encoded = base64.b64encode(self._algorithm + self.public_key).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


@dataclass(frozen=True)
class Signature:
    """A line of a note: who is said to have signed, and four bytes of key with what follows them."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True)
class Checkpoint:
    """`text` is what was signed, `signatures` what stands below it."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[Signature, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @property
    def note(self) -> str:
        return f"{self.text}\n{''.join(one.line for one in self.signatures)}"

    @classmethod
    def parse(cls, note: str) -> "Checkpoint":
        """
        Raises:
            ValueError: it is no checkpoint; the sentence says which part is not.
        """
        if len(note) > CHECKPOINT_BYTES_MAX:
            raise ValueError("The checkpoint is longer than any.")
        text, between, below = note.partition("\n\n")
        lines = text.split("\n")
        if not between or len(lines) != 3 or not lines[0]:  # noqa: PLR2004 -- origin, size, root
            raise ValueError("A checkpoint has an origin, a size and a root, and then signatures.")
        if not _SIZE.fullmatch(lines[1]):
            raise ValueError("The size of a checkpoint is a number without zeros before it.")
        root = _decoded(lines[2])
        if len(root) != HASH_BYTES:
            raise ValueError("The root of a checkpoint is 32 bytes in base64.")
        return cls(lines[0], int(lines[1]), root, tuple(signature_lines(below)))

    def signed(self, key: NoteKey, sign: Sign) -> "Checkpoint":
        """With the log's own signature added."""
        added = Signature(key.name, key.id, sign(self.text.encode()))
        return Checkpoint(self.origin, self.size, self.root, (*self.signatures, added))

    def is_signed_by(self, key: NoteKey, verify: Verify) -> bool:
        """Whether one of its signatures is that key's over its text."""
        return any(self.signed_at(key, one, verify) is not None for one in self.signatures)

    def signed_at(self, key: NoteKey, signature: Signature, verify: Verify) -> datetime | None:
        """
        When the key signed, by its own clock; the log itself does not say, and the beginning of time stands for it.

        None: it is not that key's signature of this checkpoint.
        """
        if (signature.name, signature.key_id) != (key.name, key.id):
            return None
        message, value, at = self.text.encode(), signature.value, 0
        if key.is_witness:
            at, value = int.from_bytes(value[:_TIME_BYTES], "big"), value[_TIME_BYTES:]
            message = cosigned_message(self.text, at)
        if len(value) != _SIGNATURE_BYTES or not verify(key.public_key, message, value):
            return None
        try:
            return datetime.fromtimestamp(at, UTC)
        except (OverflowError, ValueError, OSError):
            return None


def origin_of(url: str) -> str:
    """The log's name: where it is served, without the scheme."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path.rstrip('/')}{LOG_PATH}"


def cosigned_message(text: str, at: int) -> bytes:
    """What a witness signs: when it saw the checkpoint (seconds since 1970), and its text."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def witness_request(old_size: int, proof: Sequence[bytes], checkpoint: Checkpoint) -> bytes:
    """The body of `add-checkpoint`: from which size, by which proof, to which checkpoint."""
    lines = [f"old {old_size}", *(base64.b64encode(hash).decode() for hash in proof)]
    return ("\n".join(lines) + "\n\n" + checkpoint.note).encode()


def signature_lines(text: str) -> list[Signature]:
    """
    Raises:
        ValueError: a line is no signature of a note.
    """
    if text and not text.endswith("\n"):
        raise ValueError("The last signature has no end.")
    found = []
    for line in text.split("\n")[:-1]:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        raw = _decoded(encoded)
        if dash != "—" or not _NAME.fullmatch(name) or len(raw) <= _KEY_ID_BYTES:
            raise ValueError("A line below the checkpoint is no signature.")
        found.append(Signature(name, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:]))
    return found


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("Something that should be base64 is not.") from None
