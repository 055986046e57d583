"""Checkpoints as signed notes: an example of the specification, ours, and what is none."""

import base64

import pytest

from adapters.signing.certificate_signature import verify_signature
from domain.transparency.checkpoints import Checkpoint, NoteKey, origin_of
from tests.activities.registry import SIGNER

ORIGIN = "registry.example/api/v1/registry/log"
KEY = NoteKey(ORIGIN, SIGNER.public_key)
CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(32)).signed(KEY, SIGNER.sign)

# golang.org/x/mod/sumdb/note, in its documentation.
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)


def test_a_note_of_the_go_tool_is_verified() -> None:
    key = NoteKey.parse(GO_KEY)
    value = base64.b64decode(GO_SIGNATURE)

    assert str(key) == GO_KEY
    assert value[:4] == key.id
    assert verify_signature(key.public_key, GO_NOTE.encode(), value[4:])


def test_a_checkpoint_is_read_as_it_is_written() -> None:
    assert Checkpoint.parse(CHECKPOINT.note) == CHECKPOINT
    assert CHECKPOINT.is_signed_by(KEY, verify_signature)
    assert NoteKey.parse(str(KEY)) == KEY
    assert origin_of("https://registry.example/") == ORIGIN


@pytest.mark.parametrize(
    "changed",
    [
        Checkpoint(ORIGIN, 8, bytes(32), CHECKPOINT.signatures),
        Checkpoint("other.example/log", 7, bytes(32), CHECKPOINT.signatures),
        Checkpoint(ORIGIN, 7, bytes(31) + b"\1", CHECKPOINT.signatures),
        Checkpoint(ORIGIN, 7, bytes(32)),
    ],
    ids=["size", "origin", "root", "no signature"],
)
def test_a_changed_checkpoint_is_not_signed(changed: Checkpoint) -> None:
    assert not changed.is_signed_by(KEY, verify_signature)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        CHECKPOINT.text,
        CHECKPOINT.note.replace("\n7\n", "\n07\n"),
        CHECKPOINT.note.replace("\n7\n", "\n-7\n"),
        CHECKPOINT.note.replace("AAAA", "AA", 1),
        CHECKPOINT.note.replace("—", "-"),
        CHECKPOINT.note[:-1],
        CHECKPOINT.note.replace("\n\n", "\nextension\n\n"),
        CHECKPOINT.note + "x" * 70_000,
    ],
    ids=range(10),
)
def test_what_is_no_checkpoint_is_refused_in_a_sentence(note: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z ]+\.$"):
        Checkpoint.parse(note)


@pytest.mark.parametrize(
    "text", ["", "a+b+c", GO_KEY.replace("c74f20a3", "c74f20a4"), GO_KEY[:-4], "a b" + GO_KEY]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"verifier key|base64"):
        NoteKey.parse(text)
