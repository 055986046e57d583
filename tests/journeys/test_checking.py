"""
The certificate of a whole life, checked from outside: by the call, by the command, bit by bit.

A real one, sealed by the running registry over what its chain showed.
"""

import base64
import json
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest
from openvc.proof.di_jcs import EddsaJcsProofSuite

from adapters.signing.certificate_signature import verify_signature
from devstack.stack import Stack
from domain.certificates.checks import check_document, stated_blocks, verdict
from domain.certificates.credentials import DID_PATH, key_of_multikey
from domain.certificates.published_keys import PUBLISHED_AT, read_published
from tests.conftest import FinishedStory
from tools import verify as command
from tools.verify import HOLDS, main

MARKS = {"passed": "✓", "failed": "✗", "not_checked": "-"}


class Stranger:
    """Holds a copy of the certificate, and asks the chain for its transaction once."""

    def __init__(self, raw: bytes, chain_url: str, published: object) -> None:
        self.raw = raw
        self._facts = command.read_chain_facts(chain_url, None, stated_blocks(raw))
        self._networks = command.read_networks(chain_url, None)
        self._trusted = read_published(published)

    def believes(self, raw: bytes) -> bool:
        checks = check_document(
            raw,
            verify_signature=verify_signature,
            chain_facts=self._facts,
            networks=self._networks,
            trusted_keys=self._trusted.keys,
            trusted_addresses=self._trusted.addresses,
        )
        return verdict(checks).holds

    def deceived_by(self, bits: Iterable[int]) -> list[tuple[int, int]]:
        """Where a flipped bit was not noticed."""
        return [
            (index, bit)
            for bit in bits
            for index, byte in enumerate(self.raw)
            if self.believes(self.raw[:index] + bytes([byte ^ 1 << bit]) + self.raw[index + 1 :])
        ]


@pytest.fixture(scope="module")
async def stranger(
    stack: Stack, http: httpx.AsyncClient, finished_story: FinishedStory
) -> Stranger:
    certificate = await http.get(
        f"/api/v1/registry/retirements/{finished_story.retirement_id}/certificate.json"
    )
    published = await http.get(PUBLISHED_AT)
    return Stranger(certificate.content, f"{stack.devnet_url}/api/v0", published.json())


async def test_a_real_certificate_is_a_credential_that_others_verify(
    stack: Stack, http: httpx.AsyncClient, finished_story: FinishedStory, tmp_path: Path
) -> None:
    kept = tmp_path / "certificate.vc.json"
    answer = await http.get(
        f"/api/v1/registry/retirements/{finished_story.retirement_id}/certificate.vc.json"
    )
    identifier = await http.get(DID_PATH)
    kept.write_bytes(answer.content)

    # A did:web is a name's, and this registry stands at a number: so its key is given by hand.
    key = key_of_multikey(identifier.json()["verificationMethod"][0]["publicKeyMultibase"])
    x = base64.urlsafe_b64encode(key).decode().rstrip("=")
    found = EddsaJcsProofSuite().verify(
        answer.json(), public_key_jwk={"kty": "OKP", "crv": "Ed25519", "x": x}
    )
    code = main([str(kept), "--chain", f"{stack.devnet_url}/api/v0", "--registry", stack.api_url])

    assert answer.headers["content-type"] == "application/vc"
    assert found.issuer == identifier.json()["id"]
    assert code == HOLDS


async def test_the_call_and_the_command_say_the_same_of_a_real_certificate(
    stack: Stack,
    http: httpx.AsyncClient,
    stranger: Stranger,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = tmp_path / "certificate.json"
    kept.write_bytes(stranger.raw)

    answer = await http.post("/api/v1/registry/verify", content=stranger.raw)
    code = main([str(kept), "--chain", f"{stack.devnet_url}/api/v0", "--registry", stack.api_url])

    data = answer.json()["data"]
    lines = [f"{MARKS[c['state']]} {c['name']}: {c['sentence']}" for c in data["checks"]]
    *said, _, conclusion = capsys.readouterr().out.splitlines()
    # Blocks go on being made between the two, so the transaction lies deeper for the second.
    assert [line for line in said if "transaction:" not in line] == [
        line for line in lines if "transaction:" not in line
    ]
    assert (code, conclusion) == (HOLDS, data["verdict"]["sentence"])
    assert data["verdict"]["complete"]
    assert data["registryWord"]["known"]


async def test_the_call_refuses_a_real_certificate_with_one_letter_changed(
    http: httpx.AsyncClient, stranger: Stranger
) -> None:
    document = json.loads(stranger.raw)
    changed = stranger.raw.replace(document["retiredAt"].encode(), b"2020-01-01T00:00:00Z")

    answer = await http.post("/api/v1/registry/verify", content=changed)

    assert not answer.json()["data"]["verdict"]["holds"]


async def test_no_byte_of_a_real_certificate_survives_a_flipped_bit(stranger: Stranger) -> None:
    assert stranger.believes(stranger.raw)
    assert stranger.deceived_by([0]) == []


@pytest.mark.proof
async def test_no_bit_of_a_real_certificate_can_be_flipped(stranger: Stranger) -> None:
    assert stranger.deceived_by(range(8)) == []
