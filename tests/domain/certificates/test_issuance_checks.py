"""A certificate that names its issuances is checked for them too; one that does not is as good as it was."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from adapters.signing.certificate_signature import verify_signature
from domain.certificates.certificates import Certificate, canonical_bytes, certificate_document
from domain.certificates.check_results import ChainFacts, Check, TrustedAddress, TrustedKey
from domain.certificates.checks import NAMES, check_document, stated_blocks, verdict
from domain.certificates.issuance_checks import ISSUANCE_NAMES
from domain.certificates.issuances import Approved, CertifiedIssuance, IssuedBlock
from domain.chain.metadata import issuance_record
from domain.chain.transactions import Inclusion
from domain.identifiers import Serial
from domain.quantities import UnitRange
from tests.tools.sample_certificates import (
    BLOCK_HASH,
    PLATFORM_ADDRESS,
    PROJECT,
    SIGNER,
    accepted,
    chain_facts,
    confirmed,
    seal,
    sealed_bytes,
)

ISSUED_HASH = "7e" * 32
ISSUED_AT = accepted().retired_at
BUFFER = IssuedBlock(Serial(2021, 1, 2), UnitRange(100_001, 120_000))


def issuance(**changes: Any) -> CertifiedIssuance:
    """1,200 t approved, of which 200 t went into the buffer."""
    approved = replace(
        Approved(
            transaction_id=UUID("5b0a3c1d-2f4e-4a6b-8c7d-9e0f1a2b3c4d"),
            project_id=PROJECT.id,
            vintage=2021,
            sign_off_digest="a1" * 32,
            approved_units=120_000,
            issued=IssuedBlock(Serial(2021, 1, 1), UnitRange(1, 100_000)),
            buffer=BUFFER,
        ),
        **changes,
    )
    return CertifiedIssuance(
        approved,
        network="preview",
        inclusion=Inclusion(ISSUED_HASH, BLOCK_HASH, 2_871_100, 73_512_000, 6),
        platform_address=PLATFORM_ADDRESS,
        record=issuance_record(
            serial=Serial(2021, 1, 1),
            project_id=PROJECT.id,
            quantity_units=100_000,
            vintage=2021,
            issued_to=UUID("0c9b2f6e-1d7f-4a55-8f5e-7c1f7f8f0a01"),
            at=ISSUED_AT,
        ),
    )


def certified(certificate: Certificate | None = None, **changes: Any) -> dict[str, Any]:
    named = replace(certificate or confirmed(accepted()), issuances=[issuance(**changes)])
    return seal(certificate_document(named))


def check(document: dict[str, Any], issued: ChainFacts | bool | None = True) -> dict[str, Check]:
    """`issued` is what the chain shows of the issuance; True, what it should; False, nobody asked."""
    facts = None
    if issued is not False:
        chain = document["issuances"][0]["chain"]
        honest = replace(
            chain_facts(document),
            inclusion=Inclusion(ISSUED_HASH, BLOCK_HASH, 2_871_100, 73_512_000, 41),
            payload=chain["record"],
        )
        shown = honest if issued is True else issued
        facts = {document["chain"]["txHash"]: chain_facts(document)}
        facts |= {ISSUED_HASH: shown} if isinstance(shown, ChainFacts) else {}
    checks = check_document(
        canonical_bytes(document),
        verify_signature=verify_signature,
        chain_facts=facts,
        networks=["preview"],
        trusted_keys=[TrustedKey(SIGNER.public_key.hex())],
        trusted_addresses=[TrustedAddress(PLATFORM_ADDRESS)],
    )
    return {one.name: one for one in checks}


def failed(checks: dict[str, Check]) -> set[str]:
    return {name for name, one in checks.items() if one.passed is False}


def test_a_certificate_that_names_its_issuance_passes_fourteen_checks() -> None:
    checks = check(certified())

    assert [*checks] == [*NAMES, *ISSUANCE_NAMES]
    assert verdict([*checks.values()]).sentence == "This certificate holds: all 14 checks passed."


def test_one_that_was_sealed_before_is_checked_as_it_always_was() -> None:
    checks = check_document(sealed_bytes(), verify_signature=verify_signature)

    assert [one.name for one in checks] == [*NAMES]
    assert list(stated_blocks(sealed_bytes())) == ["8f" * 32]


def test_the_issuances_transaction_is_asked_for_too() -> None:
    assert list(stated_blocks(canonical_bytes(certified()))) == ["8f" * 32, ISSUED_HASH]


def test_units_out_of_the_buffer_come_from_the_same_approval() -> None:
    released = replace(
        accepted().credits[0], serial=Serial(2021, 1, 7), units=UnitRange(100_001, 120_000)
    )
    document = certified(confirmed(replace(accepted(), credits=[released])))

    assert failed(check(document)) == set()


Change = Callable[[dict[str, Any]], object]


def of_issuance(change: Change) -> Change:
    return lambda document: change(document["issuances"][0])


FORGERIES: dict[str, tuple[Change, set[str]]] = {
    "units that were never issued": (
        of_issuance(lambda one: one["issued"]["units"].update(last=99_999)),
        {"issuance", "approved quantity"},
    ),
    "units of another project": (
        of_issuance(lambda one: one.update(projectId="0d3d5c92-31a4-5bb4-bb59-18b0b6a2b2c7")),
        {"issuance", "issuance record"},
    ),
    "units of another vintage": (
        of_issuance(lambda one: one.update(vintage=2020)),
        {"issuance", "issuance record"},
    ),
    "another approval than that of the evidence": (
        of_issuance(lambda one: one["approval"].update(signOffDigest="00" * 32)),
        {"issuance"},
    ),
    "more than was approved": (
        of_issuance(lambda one: one["approval"].update(quantity="1000.00")),
        {"approved quantity"},
    ),
    "a share of the buffer that is left out": (
        of_issuance(lambda one: one.update(buffer=None)),
        {"approved quantity"},
    ),
    "a record of another quantity": (
        of_issuance(lambda one: one["chain"]["record"].update(quantity="200.00")),
        {"issuance record"},
    ),
    "a record of another serial": (
        of_issuance(lambda one: one["chain"]["record"].update(credit_id="KRB-2021-001-000009")),
        {"issuance record"},
    ),
    "another network": (
        of_issuance(lambda one: one["chain"].update(network="mainnet")),
        {"issuance record"},
    ),
    "the same issuance twice": (
        lambda document: document["issuances"].append(document["issuances"][0]),
        {"approved quantity"},
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_even_the_registrys_own_key_cannot_seal(forgery: str) -> None:
    change, names = FORGERIES[forgery]
    document = certified()
    change(document)

    assert failed(check(seal(document))) == names


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(ChainFacts(inclusion=None), id="no transaction"),
        pytest.param(
            ChainFacts(Inclusion(ISSUED_HASH, BLOCK_HASH, 2_871_100, 73_512_000, 5)),
            id="too few blocks",
        ),
        pytest.param(
            ChainFacts(
                Inclusion(ISSUED_HASH, BLOCK_HASH, 2_871_100, 73_512_000, 41),
                payload={"msg": ["Something else"]},
                paid_by=(PLATFORM_ADDRESS,),
            ),
            id="another record",
        ),
        pytest.param(None, id="nothing"),
    ],
)
def test_a_chain_that_says_otherwise_of_the_issuance_is_believed(shown: ChainFacts | None) -> None:
    assert failed(check(certified(), shown)) == {"issuance record"}


def test_a_chain_that_was_not_asked_leaves_the_issuances_record_open() -> None:
    checks = check(certified(), issued=False)

    assert failed(checks) == set()
    assert checks["issuance record"].passed is None
    assert (checks["issuance"].passed, checks["approved quantity"].passed) == (True, True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda document: document.update(issuances=[]), id="an empty list"),
        pytest.param(of_issuance(lambda one: one.pop("approval")), id="no approval"),
        pytest.param(
            of_issuance(lambda one: one["chain"].update(metadata={})), id="metadata quoted"
        ),
        pytest.param(
            of_issuance(lambda one: one["chain"]["record"].pop("quantity")), id="no quantity"
        ),
        pytest.param(of_issuance(lambda one: one["issued"].update(units={})), id="no units"),
    ],
)
def test_issuances_of_another_shape_are_no_certificate(change: Change) -> None:
    document = certified()
    change(document)
    (canonical, *rest) = check_document(
        canonical_bytes(document), verify_signature=verify_signature
    )

    assert canonical.passed is False
    assert {one.passed for one in rest} == {None}
