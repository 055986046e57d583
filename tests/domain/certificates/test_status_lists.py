"""What became of credentials, as lists: ours, somebody else's Python verifier, and one in JavaScript."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openvc.did.did_web import DidWebResolver
from openvc.status import CredentialRevoked
from openvc.verify import verify_credential

from adapters.signing.certificate_signature import verify_signature
from adapters.signing.certificate_signer import Ed25519CertificateSigner
from domain.certificates.certificates import canonical_bytes
from domain.certificates.check_results import TrustedKey
from domain.certificates.credential_checks import read_status_list, unpack_credential
from domain.certificates.credentials import (
    did_web,
    hash_data,
    proof_options,
    with_integrity_proof,
)
from domain.certificates.status_lists import (
    PLACES,
    Status,
    bits,
    is_set,
    list_document,
    list_url,
    place_of,
    status_entries,
)
from tests.tools.sample_certificates import OTHER_SIGNER, SIGNER
from tests.tools.sample_credentials import SEALED_AT, URL, credential, resolvable

JAVASCRIPT = Path(__file__).parent / "javascript"
OURS = [TrustedKey(SIGNER.public_key.hex())]
PLACE = PLACES + 9
"""In the second list, so that a place and an index are two things."""


def signed_list(
    status: Status, *set_places: int, signer: Ed25519CertificateSigner = SIGNER
) -> dict[str, Any]:
    registry = {"did": did_web(URL), "name": "Karbonica Registry", "url": URL}
    content = bits(place - PLACES for place in set_places)
    document = list_document(registry, status, 1, content, at=SEALED_AT)
    options = proof_options(document, signer.public_key)
    return with_integrity_proof(document, options, signer.sign(hash_data(document, options)))


def lists(told: Status | None) -> dict[str, Any]:
    """All three lists by their addresses; `told` of the credential, another place in each of them."""
    return {
        list_url(URL, status, 1): signed_list(
            status, PLACE + 1, *([PLACE] if status is told else [])
        )
        for status in Status
    }


def read(document: dict[str, Any], status: Status, place: int = PLACE) -> bool:
    return read_status_list(
        canonical_bytes(document),
        status,
        place,
        verify_signature=verify_signature,
        trusted_keys=OURS,
    )


@pytest.mark.parametrize("status", Status)
def test_a_list_tells_of_the_places_that_were_set(status: Status) -> None:
    document = signed_list(status, PLACE, PLACES, 2 * PLACES - 1)

    told = [read(document, status, place) for place in (PLACES, PLACE, PLACE + 1, 2 * PLACES - 1)]
    assert told == [True, True, False, True]
    assert place_of(status_entries(URL, PLACE)) == PLACE


def test_a_credential_says_where_it_is_told_of() -> None:
    document = credential(status_place=PLACE)
    unpacked = unpack_credential(
        canonical_bytes(document), verify_signature=verify_signature, trusted_keys=OURS
    )

    assert unpacked.status_place == PLACE
    assert {check.state for check in unpacked.checks} == {"passed"}
    moved = {**document, "credentialStatus": status_entries(URL, PLACE + 1)}
    changed = unpack_credential(
        canonical_bytes(moved), verify_signature=verify_signature, trusted_keys=OURS
    )
    assert [check.name for check in changed.checks if not check.passed] == ["credential proof"]
    mixed = document["credentialStatus"][:2] + status_entries(URL, 3)[2:]
    resigned = unpack_credential(
        canonical_bytes({**document, "credentialStatus": mixed}),
        verify_signature=verify_signature,
        trusted_keys=OURS,
    )
    assert "credentialStatus" in resigned.checks[-1].sentence


WRONG = {
    "another list": signed_list(Status.REVERSED, PLACE),
    "another's": signed_list(Status.CORRECTED, PLACE, signer=OTHER_SIGNER),
    "changed": {**signed_list(Status.CORRECTED), "validFrom": "2024-01-15T11:00:01Z"},
    "no list": {},
    "a certificate": credential(),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_the_list_is_refused_in_a_sentence(what: str) -> None:
    with pytest.raises(ValueError, match=r"list"):
        read(WRONG[what], Status.CORRECTED)


@pytest.mark.parametrize("encoded", ["", "u", "x00", "uAAAA", "u" + "A" * 90_000, 7, None])
def test_bits_that_are_none_are_refused(encoded: Any) -> None:
    document = {"credentialSubject": {"encodedList": encoded}}

    with pytest.raises(ValueError, match="no status list"):
        is_set(document, 0)


def verify_elsewhere(told: Status | None) -> Any:
    # The lists are verified as any credential is, before their bits are believed.
    known, resolver = lists(told), DidWebResolver(resolvable().__getitem__)

    def resolve(address: str) -> Any:
        return verify_credential(known[address], resolver=resolver).credential

    return verify_credential(
        credential(status_place=PLACE),
        resolver=resolver,
        resolve_status_list=resolve,
        resolve_credential_schema=lambda address: json.dumps(resolvable()[address]).encode(),
    )


def test_a_python_verifier_of_somebody_else_reads_them() -> None:
    assert not verify_elsewhere(None).status.revoked
    assert not verify_elsewhere(Status.CORRECTED).status.revoked, "what is corrected still stands"
    with pytest.raises(CredentialRevoked):
        verify_elsewhere(Status.SUPERSEDED)


@pytest.mark.proof
def test_a_verifier_in_javascript_reads_them(tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json", "status.mjs"):
        shutil.copy(JAVASCRIPT / name, tmp_path)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=tmp_path, check=True)
    forged = lists(None) | {
        list_url(URL, Status.REVERSED, 1): signed_list(Status.REVERSED, signer=OTHER_SIGNER)
    }
    asked = [
        {"credential": credential(status_place=PLACE), "documents": resolvable() | known}
        for known in (lists(None), *map(lists, Status), forged)
    ]

    answered = subprocess.run(
        ["node", "status.mjs"],
        input=json.dumps(asked),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(answered.stdout) == [
        {"verified": True, "statuses": [False, False, False]},
        {"verified": True, "statuses": [True, False, False]},
        {"verified": True, "statuses": [False, True, False]},
        {"verified": True, "statuses": [False, False, True]},
        {"verified": False, "statuses": []},
    ]
