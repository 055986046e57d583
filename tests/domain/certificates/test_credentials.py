"""A certificate as a verifiable credential: ours, somebody else's Python verifier, and one in JavaScript."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openvc.did.did_web import DidWebResolver
from openvc.errors import OpenvcError
from openvc.verify import verify_credential

from adapters.signing.certificate_signature import verify_signature
from domain.certificates.certificates import canonical_bytes
from domain.certificates.check_results import TrustedKey
from domain.certificates.credential_checks import unpack_credential
from domain.certificates.credentials import (
    SCHEMA_PATH,
    base58_of_multibase,
    did_web,
    key_of_multikey,
    multikey,
)
from tests.tools.sample_certificates import OTHER_SIGNER, SIGNER
from tests.tools.sample_credentials import CHANGED, SEALED_AT, URL, credential, resolvable

JAVASCRIPT = Path(__file__).parent / "javascript"
OURS = TrustedKey(SIGNER.public_key.hex())


def states(document: Mapping[str, Any], keys: list[TrustedKey] | None = None) -> dict[str, str]:
    unpacked = unpack_credential(
        canonical_bytes(document),
        verify_signature=verify_signature,
        trusted_keys=[OURS] if keys is None else keys,
    )
    return {check.name: check.state for check in unpacked.checks}


PASSED = {
    "credential proof": "passed",
    "credential key": "passed",
    "credential says the same": "passed",
}


def test_a_credential_holds_and_carries_the_certificate() -> None:
    document = credential()
    unpacked = unpack_credential(
        canonical_bytes(document), verify_signature=verify_signature, trusted_keys=[OURS]
    )

    assert {check.name: check.state for check in unpacked.checks} == PASSED
    assert unpacked.certificate == canonical_bytes(document["credentialSubject"]["certificate"])


@pytest.mark.parametrize("what", CHANGED)
def test_what_was_changed_is_refused_here_and_elsewhere(what: str) -> None:
    assert "failed" in states(CHANGED[what]).values()
    with pytest.raises(OpenvcError):
        verify_elsewhere(CHANGED[what])


def verify_elsewhere(document: Mapping[str, Any]) -> Any:
    return verify_credential(
        dict(document),
        resolver=DidWebResolver(resolvable().__getitem__),
        resolve_credential_schema=lambda address: json.dumps(resolvable()[address]).encode(),
    )


def test_a_python_verifier_of_somebody_else_takes_it() -> None:
    found = verify_elsewhere(credential())

    assert (found.issuer, found.format) == (did_web(URL), "data-integrity:eddsa-jcs-2022")


MOMENT = timedelta(seconds=1)
KEYS = {
    "in use": (TrustedKey(OURS.public_key, valid_from=SEALED_AT - MOMENT), "passed"),
    "former": (TrustedKey(OURS.public_key, valid_until=SEALED_AT + MOMENT), "passed"),
    "given up before": (TrustedKey(OURS.public_key, valid_until=SEALED_AT - MOMENT), "failed"),
    "not valid yet": (TrustedKey(OURS.public_key, valid_from=SEALED_AT + MOMENT), "failed"),
    "another's": (TrustedKey(OTHER_SIGNER.public_key.hex()), "failed"),
}


@pytest.mark.parametrize("which", KEYS)
def test_the_key_must_have_sealed_at_that_time(which: str) -> None:
    key, state = KEYS[which]

    assert states(credential(), [key]) == {**PASSED, "credential key": state}


def test_somebody_elses_signature_over_our_words_is_not_ours() -> None:
    assert states(credential(OTHER_SIGNER)) == {**PASSED, "credential key": "failed"}


def test_a_signed_credential_may_not_say_more_than_its_certificate() -> None:
    """As who holds the key could write it: the proof holds, and the certificate inside says something else."""
    document = credential()
    document["credentialSubject"]["certificate"] = credential(purpose="Another")[
        "credentialSubject"
    ]["certificate"]

    assert states(document)["credential says the same"] == "failed"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'"VerifiableCredential"',
        b'{"proof": 1, "credentialSubject": {"certificate": {}}}',
        b'{"proof": {}, "proof": {}}',
        b"[" * 100_000,
        b"\xff",
        b" " * (3 * 1024 * 1024 + 1),
        canonical_bytes({**credential(), "credentialSubject": None}),
        canonical_bytes({**credential(), "proof": {**credential()["proof"], "proofValue": "z0"}}),
        canonical_bytes({**credential(), "proof": {**credential()["proof"], "cryptosuite": "x"}}),
    ],
    ids=range(11),
)
def test_what_is_no_credential_is_said_to_be_none(raw: bytes) -> None:
    unpacked = unpack_credential(raw, verify_signature=verify_signature, trusted_keys=None)

    assert [check.passed for check in unpacked.checks] == [False]


def test_the_published_schema_describes_it() -> None:
    schema = resolvable()[URL + SCHEMA_PATH]
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.validate(credential(), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(CHANGED["the quantity"] | {"issuer": {"id": "did:web:x"}}, schema)


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("https://registry.example", "did:web:registry.example"),
        ("http://127.0.0.1:8000", "did:web:127.0.0.1%3A8000"),
        ("https://example.org/registry/a b", "did:web:example.org:registry:a%20b"),
    ],
)
def test_an_address_is_an_identifier(url: str, did: str) -> None:
    assert did_web(url) == did


def test_keys_are_written_as_others_write_them() -> None:
    """The key of the examples in Data Integrity EdDSA Cryptosuites v1.0, and back."""
    text = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ4XJPt4swbTQ2"

    assert multikey(key_of_multikey(text)) == text
    assert base58_of_multibase("z11") == b"\0\0"


@pytest.mark.proof
def test_a_verifier_in_javascript_takes_it_and_refuses_what_was_changed(tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json", "verify.mjs"):
        shutil.copy(JAVASCRIPT / name, tmp_path)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=tmp_path, check=True)
    asked = [
        {"credential": document, "documents": resolvable()}
        for document in (credential(), *CHANGED.values())
    ]

    answered = subprocess.run(
        ["node", "verify.mjs"],
        input=json.dumps(asked),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    verified = [answer["verified"] for answer in json.loads(answered.stdout)]
    assert verified == [True, *(False for _ in CHANGED)], answered.stdout
