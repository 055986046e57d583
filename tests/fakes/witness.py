"""
A witness of transparency logs on a port of its own, by C2SP tlog-witness and RFC 9162 (2.1.4.2).

It shares no code with the registry: what it accepts, somebody else accepts.
"""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

NAME = "witness.example/w1"
SIGNED_AT = 1_772_323_200


@dataclass
class RunningWitness:
    """`seen` are origin, size and root of the newest checkpoint; `answers` the statuses it gave."""

    url: str
    origin: str
    log_key: bytes
    seen: tuple[int, bytes] = (0, b"")
    answers: list[int] = field(default_factory=list)
    key: SigningKey = field(default_factory=lambda: SigningKey(bytes(range(1, 33))))

    @property
    def key_id(self) -> bytes:
        named = NAME.encode() + b"\n\x04" + bytes(self.key.verify_key)
        return hashlib.sha256(named).digest()[:4]

    @property
    def verifier_key(self) -> str:
        encoded = base64.b64encode(b"\x04" + bytes(self.key.verify_key)).decode()
        return f"{NAME}+{self.key_id.hex()}+{encoded}"

    def add_checkpoint(self, body: str) -> tuple[int, str]:
        head, _, note = body.partition("\n\n")
        first, *proof = head.split("\n")
        old_size = int(first.removeprefix("old "))
        text, _, signatures = note.partition("\n\n")
        origin, size_text, root_text = text.split("\n")
        size, root = int(size_text), base64.b64decode(root_text)
        if origin != self.origin:
            return 404, ""
        if not self._signed(text + "\n", signatures):
            return 403, ""
        if old_size > size:
            return 400, ""
        if old_size != self.seen[0]:
            return 409, f"{self.seen[0]}\n"
        hashes = [base64.b64decode(line) for line in proof]
        if old_size and not consistent(old_size, size, self.seen[1], root, hashes):
            return 422, ""
        self.seen = size, root
        signed = self.key.sign(f"cosignature/v1\ntime {SIGNED_AT}\n{text}\n".encode()).signature
        value = self.key_id + SIGNED_AT.to_bytes(8, "big") + signed
        return 200, f"— {NAME} {base64.b64encode(value).decode()}\n"

    def _signed(self, text: str, signatures: str) -> bool:
        key_id = hashlib.sha256(self.origin.encode() + b"\n\x01" + self.log_key).digest()[:4]
        for line in signatures.splitlines():
            _, name, encoded = line.split(" ")
            value = base64.b64decode(encoded)
            if name == self.origin and value[:4] == key_id:
                try:
                    VerifyKey(self.log_key).verify(text.encode(), value[4:])
                except BadSignatureError:
                    return False
                return True
        return False


def consistent(first: int, second: int, first_root: bytes, root: bytes, proof: list[bytes]) -> bool:
    """The algorithm of RFC 9162, 2.1.4.2, step by step."""
    if first == second:
        return not proof and first_root == root
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for hash in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _node(hash, fr), _node(hash, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = _node(sr, hash)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr, sn) == (first_root, root, 0)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@contextmanager
def running_witness(origin: str, log_key: bytes) -> Iterator[RunningWitness]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, text = (
                witness.add_checkpoint(body) if self.path == "/add-checkpoint" else (405, "")
            )
            witness.answers.append(status)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        witness = RunningWitness(f"http://127.0.0.1:{server.server_port}", origin, log_key)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield witness
        server.shutdown()
