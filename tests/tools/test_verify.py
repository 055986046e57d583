"""
The command a stranger runs, against a small server that answers as Blockfrost does.

Goal: a true certificate exits 0, each kind of falsehood exits 1, and what could not be checked
exits 2 with one sentence. Method: a real HTTP server on a free port whose answers a test changes.
"""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from adapters.signing.certificate_signer import Ed25519CertificateSigner
from domain.certificates.certificates import canonical_bytes, certificate_document
from tests.tools.sample_certificates import (
    BLOCK_HASH,
    OTHER_SIGNER,
    PLATFORM_ADDRESS,
    SIGNER,
    TX_HASH,
    accepted,
    record,
    seal,
    sealed,
    sealed_bytes,
)
from tests.tools.sample_credentials import CHANGED, credential
from tools.verify import main

ROOT = Path(__file__).parents[2]
REGISTRY_PATH = "/.well-known/karbonica-registry.json"


class Server:
    """Answers by path: JSON with 200, a number as that bare status, bytes as they are; else 404."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.project_ids: set[str | None] = set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.project_ids.add(self.headers.get("project_id"))
                answer = server.answers.get(self.path, 404)
                self.send_response(answer if isinstance(answer, int) else 200)
                self.end_headers()
                if not isinstance(answer, int):
                    self.wfile.write(
                        answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                    )

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    """A chain of which the sealed certificate's transaction is part, 12 blocks below the tip."""
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.answers = {
        "/api/v0/genesis": {"network_magic": 2},
        f"/api/v0/txs/{TX_HASH}": {"hash": TX_HASH, "block": BLOCK_HASH},
        f"/api/v0/blocks/{BLOCK_HASH}": {
            "hash": BLOCK_HASH,
            "height": 2_871_204,
            "slot": 73_512_441,
            "time": 1_705_314_664,
            "confirmations": 12,
        },
        f"/api/v0/txs/{TX_HASH}/metadata": [
            {"label": "674", "json_metadata": record(accepted())},
        ],
        f"/api/v0/txs/{TX_HASH}/utxos": {
            "inputs": [
                {"address": PLATFORM_ADDRESS, "collateral": False, "reference": False},
                {"address": "addr_test1other", "collateral": True, "reference": False},
                {"address": "addr_test1other", "collateral": False, "reference": True},
            ],
        },
        REGISTRY_PATH: {
            "name": "Karbonica Registry",
            "certificateKeys": [
                {
                    "publicKey": SIGNER.public_key.hex(),
                    "from": "2023-01-01T00:00:00Z",
                    "until": None,
                }
            ],
            "platformAddresses": [
                {"address": PLATFORM_ADDRESS, "network": "preview", "from": "2023-01-01T00:00:00Z"}
            ],
        },
    }
    yield server
    server.http.shutdown()
    server.http.server_close()
    thread.join()


@pytest.fixture
def verify(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command on these bytes; gives its exit code."""
    monkeypatch.delenv("BLOCKFROST_PROJECT_ID", raising=False)

    def run(raw: bytes, *arguments: str) -> int:
        path = tmp_path / "certificate.json"
        path.write_bytes(raw)
        return main([str(path), "--chain", f"{server.url}/api/v0", *arguments])

    return run


def marks(output: str) -> list[str]:
    return [line[0] for line in output.splitlines() if line[:2] in {"✓ ", "✗ ", "- "}]


def test_a_true_certificate_exits_0_with_a_mark_for_each_check(
    server: Server, verify: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    code = verify(sealed_bytes(), "--registry", server.url)

    output = capsys.readouterr().out
    assert code == 0
    assert marks(output) == ["✓"] * 11
    assert output.splitlines()[-1] == "This certificate holds: all 11 checks passed."


def test_a_credential_is_checked_with_the_certificate_inside(
    server: Server, verify: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    code = verify(canonical_bytes(credential()), "--registry", server.url)
    output = capsys.readouterr().out
    changed = verify(canonical_bytes(CHANGED["the beneficiary"]), "--registry", server.url)

    assert (code, marks(output)) == (0, ["✓"] * 14)
    assert output.splitlines()[-1] == "This certificate holds: all 14 checks passed."
    assert (changed, marks(capsys.readouterr().out)) == (1, ["✗", "✓", "✗", *["✓"] * 11])


def test_the_registrys_key_may_be_given_by_hand(verify: Callable[..., int]) -> None:
    assert verify(sealed_bytes(), "--registry-key", SIGNER.public_key.hex()) == 0
    assert verify(sealed_bytes(), "--registry-key", OTHER_SIGNER.public_key.hex()) == 1


@pytest.mark.parametrize(("signer", "code"), [(SIGNER, 0), (OTHER_SIGNER, 1)])
def test_a_key_that_is_pinned_is_not_replaced_by_what_the_registry_says(
    server: Server,
    verify: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    signer: Ed25519CertificateSigner,
    code: int,
) -> None:
    pinned = signer.public_key.hex()

    assert verify(sealed_bytes(), "--registry", server.url, "--registry-key", pinned) == code
    # The wallets are still those that the registry names: nothing is left unchecked.
    assert "-" not in marks(capsys.readouterr().out)


def test_without_a_key_the_verdict_says_what_was_not_checked(
    verify: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    code = verify(sealed_bytes())

    output = capsys.readouterr().out
    assert code == 0
    assert marks(output).count("-") == 1
    assert output.splitlines()[-1] == "What was checked holds; not checked: registry key."


def forged(document: dict[str, Any]) -> dict[str, Any]:
    document["beneficiary"]["name"] = "Somebody Else Ltd"
    return seal(document, OTHER_SIGNER)


@pytest.mark.parametrize(
    "raw",
    [
        sealed_bytes().replace(b"1000.00", b"9000.00"),
        sealed_bytes().replace(b'"FRA"', b'"DEU"'),
        sealed_bytes() + b"\n",
        json.dumps(sealed(), indent=1).encode(),
        canonical_bytes(forged(sealed())),
        canonical_bytes(certificate_document(accepted())),
        b"not a certificate",
        b"",
    ],
    ids=["amount", "country", "newline", "reformatted", "forged", "accepted", "text", "empty"],
)
def test_a_certificate_that_was_tampered_with_exits_1(
    raw: bytes,
    server: Server,
    verify: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = verify(raw, "--registry", server.url)

    assert code == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("Do not rely on this certificate")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (f"/api/v0/txs/{TX_HASH}", 404),
        (
            f"/api/v0/blocks/{BLOCK_HASH}",
            {
                "hash": BLOCK_HASH,
                "height": 2_871_204,
                "slot": 73_512_441,
                "time": 0,
                "confirmations": 5,
            },
        ),
        (f"/api/v0/txs/{TX_HASH}/metadata", 404),
        (f"/api/v0/txs/{TX_HASH}/metadata", []),
        (
            f"/api/v0/txs/{TX_HASH}/metadata",
            [{"label": "674", "json_metadata": record(accepted(quantity_units=1))}],
        ),
        (
            f"/api/v0/txs/{TX_HASH}/metadata",
            [{"label": "675", "json_metadata": record(accepted())}],
        ),
        (
            f"/api/v0/txs/{TX_HASH}/utxos",
            {"inputs": [{"address": "addr_test1other", "collateral": False}]},
        ),
        (REGISTRY_PATH, {"certificateKeys": [], "platformAddresses": []}),
        (
            REGISTRY_PATH,
            {
                "certificateKeys": [
                    {"publicKey": SIGNER.public_key.hex(), "until": "2023-12-31T00:00:00Z"}
                ],
                "platformAddresses": [{"address": PLATFORM_ADDRESS}],
            },
        ),
        (
            REGISTRY_PATH,
            {
                "certificateKeys": [{"publicKey": SIGNER.public_key.hex()}],
                "platformAddresses": [{"address": "addr_test1other"}],
            },
        ),
    ],
)
def test_a_chain_or_registry_that_says_otherwise_exits_1(
    path: str, answer: Any, server: Server, verify: Callable[..., int]
) -> None:
    server.answers[path] = answer

    assert verify(sealed_bytes(), "--registry", server.url) == 1


AT_ITS_HEIGHT = "/api/v0/blocks/2871204"
NOTHING_SHOWN: dict[str, Any] = {
    f"/api/v0/txs/{TX_HASH}": 404,
    f"/api/v0/blocks/{BLOCK_HASH}": 404,
    AT_ITS_HEIGHT: 404,
    "/api/v0/blocks/latest": {"height": 2_900_000},
}


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        pytest.param({}, 2, id="the server keeps no history so old"),
        pytest.param({AT_ITS_HEIGHT: 400}, 2, id="Dolos refuses a height without a word"),
        pytest.param(
            {AT_ITS_HEIGHT: {"hash": "5e" * 32, "height": 2_871_204}},
            1,
            id="another block stands there",
        ),
        pytest.param(
            {"/api/v0/blocks/latest": {"height": 2_871_203}}, 1, id="the chain ends below"
        ),
        pytest.param(
            {f"/api/v0/blocks/{BLOCK_HASH}": {"hash": BLOCK_HASH, "height": 2_871_204}},
            1,
            id="the block stands, and the transaction is not in it",
        ),
    ],
)
def test_a_transaction_that_is_not_shown_is_judged_by_what_stands_at_its_height(
    answers: dict[str, Any], code: int, server: Server, verify: Callable[..., int]
) -> None:
    server.answers |= NOTHING_SHOWN | answers

    assert verify(sealed_bytes(), "--registry", server.url) == code


@pytest.mark.parametrize(
    "outputs",
    [
        {"inputs": [{"address": "", "amount": []}]},
        {"inputs": [{"address": PLATFORM_ADDRESS}, {"address": "", "amount": []}]},
        {"inputs": []},
        404,
    ],
)
def test_a_payer_that_the_server_does_not_show_is_no_wrong_payer(
    outputs: Any, server: Server, verify: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers[f"/api/v0/txs/{TX_HASH}/utxos"] = outputs

    assert verify(sealed_bytes(), "--registry", server.url) == 2
    assert "does not show whose outputs" in capsys.readouterr().err


def test_a_stranger_beside_an_unknown_payer_is_a_wrong_payer(
    server: Server, verify: Callable[..., int]
) -> None:
    inputs = [{"address": "", "amount": []}, {"address": "addr_test1other"}]
    server.answers[f"/api/v0/txs/{TX_HASH}/utxos"] = {"inputs": inputs}

    assert verify(sealed_bytes(), "--registry", server.url) == 1


@pytest.mark.parametrize(
    ("path", "answer", "sentence"),
    [
        (f"/api/v0/txs/{TX_HASH}", 500, "answered 500; try again later"),
        (f"/api/v0/txs/{TX_HASH}", 429, "answered 429; try again later"),
        (f"/api/v0/txs/{TX_HASH}", 403, "wants a valid project id"),
        (f"/api/v0/txs/{TX_HASH}", 302, "answered 302"),
        (f"/api/v0/txs/{TX_HASH}", b"<html>", "not JSON"),
        (f"/api/v0/txs/{TX_HASH}", ["x"], "does not answer as Blockfrost does"),
        (f"/api/v0/txs/{TX_HASH}", {"block": "../x"}, "does not answer as Blockfrost does"),
        (f"/api/v0/blocks/{BLOCK_HASH}", {"hash": 1}, "does not answer as Blockfrost does"),
        (f"/api/v0/txs/{TX_HASH}/metadata", {"a": 1}, "does not answer as Blockfrost does"),
        (REGISTRY_PATH, 404, "is not a registry's list of keys"),
        (REGISTRY_PATH, {"certificateKeys": [1]}, "is not a registry's list of keys"),
    ],
)
def test_servers_that_give_no_usable_answer_exit_2_with_one_sentence(
    path: str,
    answer: Any,
    sentence: str,
    server: Server,
    verify: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.answers[path] = answer

    code = verify(sealed_bytes(), "--registry", server.url)

    (line,) = capsys.readouterr().err.splitlines()
    assert code == 2
    assert sentence in line


def test_a_false_certificate_is_refused_even_when_the_chain_cannot_be_asked(
    server: Server, verify: Callable[..., int]
) -> None:
    server.answers[f"/api/v0/txs/{TX_HASH}"] = 500

    assert verify(sealed_bytes().replace(b'"FRA"', b'"DEU"')) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere.json", "--chain", "http://127.0.0.1:9"],
        [str(ROOT), "--chain", "http://127.0.0.1:9"],
        [__file__, "--chain", "http://127.0.0.1:9", "--registry-key", "short"],
        [__file__, "--chain", "http://127.0.0.1:9", "--registry", "ftp://example"],
        [__file__, "--chain", "http://127.0.0.1:9", "--registry", "http://127.0.0.1:9"],
    ],
)
def test_arguments_of_no_use_exit_2_with_one_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(arguments)

    assert code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "chain", ["127.0.0.1", "http://", "http://127.0.0.1:notaport", "http://127.0.0.1:9"]
)
def test_a_chain_that_cannot_be_reached_exits_2(
    chain: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "certificate.json"
    path.write_bytes(sealed_bytes())

    code = main([str(path), "--chain", chain])

    assert code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_project_id_is_taken_from_the_environment_and_shown_to_the_chain_alone(
    server: Server, verify: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKFROST_PROJECT_ID", "preview123")

    assert verify(sealed_bytes()) == 0

    assert server.project_ids == {"preview123"}


def test_control_characters_of_a_forged_file_do_not_reach_the_terminal(
    verify: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    document = sealed()
    document["chain"]["metadata"]["\x1b[2J"] = True

    verify(json.dumps(document).encode())

    output = capsys.readouterr().out
    assert "?[2J" in output
    assert "\x1b" not in output


def test_the_command_reads_stdin_and_needs_nothing_of_the_registry_but_the_domain(
    server: Server, tmp_path: Path
) -> None:
    for package in ("domain", "tools"):
        shutil.copytree(ROOT / package, tmp_path / package)
    program = (
        "import runpy, sys\n"
        "try: runpy.run_module('tools.verify', run_name='__main__')\n"
        "finally: print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, "-", "--chain", f"{server.url}/api/v0"],
        input=sealed_bytes(),
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )

    loaded = set(done.stderr.decode().split())
    assert done.returncode == 0, done.stderr.decode()
    assert loaded >= {"domain", "tools", "httpx", "nacl", "rfc8785"}
    assert not loaded & {"adapters", "activities", "api", "pydantic", "sqlalchemy", "pycardano"}
