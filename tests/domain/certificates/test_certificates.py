"""A certificate is its bytes: what it says, how it is sealed, and every way it can be false."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.signing.certificate_signature import verify_signature
from domain.certificates.certificates import (
    Certificate,
    RetiredCredit,
    canonical_bytes,
    certificate_document,
    chain_parts,
    format_instant,
)
from domain.certificates.check_results import Check, Facts, TrustedAddress, TrustedKey
from domain.certificates.checks import NAMES, check_document, stated_blocks, verdict
from domain.certificates.schema import read_certificate
from domain.chain.transactions import BlockStanding, Inclusion
from domain.credits.retirement import Beneficiary
from domain.identifiers import Serial
from domain.quantities import UnitRange
from tests.tools.sample_certificates import (
    BENEFICIARY,
    BLOCK_HASH,
    HOLDER_ID,
    OTHER_SIGNER,
    PLATFORM_ADDRESS,
    PROJECT,
    SIGNER,
    TX_HASH,
    accepted,
    chain_facts,
    confirmed,
    each_fact,
    facts_of,
    of_several,
    record,
    seal,
    sealed,
    sealed_bytes,
)

FORMER = Path(__file__).parent / "former"
"""Certificates as they were sealed before records committed to accounts."""

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
KEYS = (TrustedKey(SIGNER.public_key.hex()),)
ALL_PASSED = dict.fromkeys(NAMES, "passed")
UNREADABLE = dict.fromkeys(NAMES, "skipped") | {"canonical form": "failed"}


def check(raw: bytes, facts: Facts | None = None) -> tuple[Check, ...]:
    return check_document(
        raw,
        verify_signature=verify_signature,
        chain_facts=facts,
        trusted_keys=KEYS,
        trusted_addresses=[TrustedAddress(PLATFORM_ADDRESS)],
        networks=["preview"],
    )


def states(checks: tuple[Check, ...]) -> dict[str, str]:
    return {check.name: check.state for check in checks}


def failed(checks: tuple[Check, ...]) -> set[str]:
    return {check.name for check in checks if check.passed is False}


def resealed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """A sealed certificate that was changed and then signed again by the registry's own key."""
    document = json.loads(sealed_bytes())
    change(document)
    return seal(document)


def test_a_certificate_says_what_was_retired_by_whom_and_why() -> None:
    document = certificate_document(accepted())

    assert document == {
        "type": "RetirementCertificate",
        "version": 3,
        "certificateId": "b5a3c8f2-6f57-5b0c-9a54-2b5f4f6d7e10",
        "status": "accepted",
        "registry": {"name": "Karbonica Registry", "url": "https://registry.karbonica.example"},
        "retiredAt": "2024-01-15T10:30:00Z",
        "quantity": "1000.00",
        "credits": [
            {
                "serial": "KRB-2021-001-000001",
                "vintage": 2021,
                "quantity": "1000.00",
                "units": {"first": 1, "last": 100_000},
                "project": {
                    "id": "5e0a5a4e-9d7a-5a62-8f0a-0f3a3d1f6c11",
                    "number": 1,
                    "title": PROJECT.title,
                    "type": "reforestation",
                    "country": "URY",
                },
            }
        ],
        "beneficiary": {
            "name": BENEFICIARY.name,
            "country": "FRA",
            "identifier": "LEI O2RNE8IBXP4R0TD8PU41",
        },
        "purpose": "Carbon neutrality claim for the year 2023",
        "reason": "Scope 2 emissions of our offices in 2023",
        "evidence": {
            "signOffDigest": "a1" * 32,
            "verificationBody": "AENOR Internacional S.A.U.",
            "decidedAt": "2023-11-02T09:12:40Z",
            "documents": [
                {"documentType": "project_description", "sha256": "b2" * 32},
                {"documentType": "monitoring_report", "sha256": "c3" * 32},
                {"documentType": "verification_report", "sha256": "d4" * 32},
            ],
        },
        "chain": None,
    }


def test_a_sealed_certificate_adds_where_it_stands_on_the_chain() -> None:
    certificate = accepted()

    assert sealed(certificate)["chain"] == {
        "network": "preview",
        "label": 674,
        "txHash": TX_HASH,
        "blockHash": BLOCK_HASH,
        "blockHeight": 2_871_204,
        "slot": 73_512_441,
        "confirmationsAtSealing": 6,
        "platformAddress": PLATFORM_ADDRESS,
        "record": record(certificate),
        "metadata": record(certificate),
    }


def test_an_undisclosed_beneficiary_is_said_to_be_undisclosed() -> None:
    document = certificate_document(accepted(beneficiary=None))

    assert document["beneficiary"] == {"undisclosed": True}


def test_the_signature_covers_a_prefix_and_the_digest_of_everything_but_the_proof() -> None:
    document = sealed()
    statement = {key: value for key, value in document.items() if key != "proof"}
    digest = hashlib.sha256(canonical_bytes(statement)).digest()
    message = b"karbonica-retirement-certificate-v1\n" + digest

    proof = document["proof"]

    assert proof["digest"] == digest.hex()
    assert verify_signature(SIGNER.public_key, message, bytes.fromhex(proof["signature"]))
    assert not verify_signature(SIGNER.public_key, digest, bytes.fromhex(proof["signature"]))


def test_instants_are_written_in_utc_to_the_second() -> None:
    instant = datetime.fromisoformat("2024-01-15T12:30:00.999999+02:00")

    assert format_instant(instant) == "2024-01-15T10:30:00Z"


def test_a_sealed_certificate_holds_when_the_chain_agrees() -> None:
    checks = check(sealed_bytes(), chain_facts(sealed()))

    assert states(checks) == ALL_PASSED
    assert verdict(checks).holds
    assert verdict(checks).complete


def test_a_certificate_whose_record_shares_its_transaction_with_others_holds() -> None:
    others = tuple(
        record(
            replace(
                accepted(), credits=[RetiredCredit(Serial(2021, 1, n), UnitRange(n, n), PROJECT)]
            )
        )
        for n in (7, 8)
    )
    document = seal(certificate_document(confirmed(accepted(), others=others)))

    checks = check(canonical_bytes(document), chain_facts(document))

    assert set(document["chain"]["metadata"]) == {"msg", "records"}
    assert states(checks) == ALL_PASSED


def test_an_accepted_certificate_is_not_refused_as_forged_but_is_not_sealed_either() -> None:
    checks = check(canonical_bytes(certificate_document(accepted())))

    assert states(checks) == dict.fromkeys(NAMES, "skipped") | {
        "canonical form": "passed",
        "sealed": "failed",
        "quantity": "passed",
    }
    assert "waits for the chain" in checks[1].sentence
    assert not verdict(checks).holds


def test_no_byte_of_a_sealed_certificate_can_be_changed() -> None:
    raw = sealed_bytes()
    facts = chain_facts(sealed())
    survivors = []

    for index, byte in enumerate(raw):
        for value in {byte ^ 0x01, byte ^ 0x20, byte ^ 0x80, ord("0"), ord(" ")} - {byte}:
            changed = raw[:index] + bytes([value]) + raw[index + 1 :]
            if verdict(check(changed, facts)).holds:
                survivors.append((index, value))

    assert survivors == []


def test_no_byte_of_a_sealed_certificate_can_be_left_out_or_put_in() -> None:
    raw = sealed_bytes()
    facts = chain_facts(sealed())

    cut = [raw[:index] + raw[index + 1 :] for index in range(len(raw))]
    padded = [raw[:index] + b" " + raw[index:] for index in range(len(raw) + 1)]

    assert verdict(check(raw, facts)).holds
    assert [text for text in cut + padded if verdict(check(text, facts)).holds] == []


def test_a_reformatted_certificate_is_refused_though_it_says_the_same() -> None:
    reformatted = json.dumps(sealed(), indent=2, ensure_ascii=False).encode()

    assert failed(check(reformatted, chain_facts(sealed()))) == {"canonical form"}


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", "it is not JSON (line 1, column 1)"),
        (b"{", "it is not JSON (line 1, column 2)"),
        (b"[]", "it is not an object"),
        (b"null", "it is not an object"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (
            b'{"version":1,"version":1}',
            "it names a field twice, so that two readers may see different things",
        ),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"version":1.0}', "it holds 1.0, and a certificate has no numbers but whole ones"),
        (b'{"version":NaN}', "it holds NaN, and a certificate has no numbers but whole ones"),
        (b" " * (1024 * 1024 + 1), "it is larger than 1 MB"),
    ],
)
def test_bytes_that_are_no_certificate_fail_with_a_sentence(raw: bytes, fault: str) -> None:
    checks = check(raw)

    assert states(checks) == UNREADABLE
    assert checks[0].sentence == f"This is not a certificate: {fault}."
    assert stated_blocks(raw) == {}


def test_a_number_longer_than_python_reads_does_not_make_the_checks_raise() -> None:
    assert states(check(b'{"version":' + b"9" * 5000 + b"}")) == UNREADABLE


def test_a_lone_surrogate_in_a_text_is_refused() -> None:
    raw = sealed_bytes().replace(b'"purpose":"Carbon', b'"purpose":"\\ud800arbon')

    assert failed(check(raw, chain_facts(sealed()))) == {"canonical form", "digest", "signature"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda d: d.pop("purpose"), "/purpose is missing"),
        (lambda d: d.update(extra=1), "it has fields that do not belong there"),
        (lambda d: d.update(version=True), "/version is not 3"),
        (lambda d: d.update(version=4), "/version is not 3"),
        (lambda d: d.update(status="final"), '/status is not "accepted" or "sealed"'),
        (lambda d: d.update(quantity="1000.0"), "/quantity is not a quantity such as 1000.00"),
        (lambda d: d.update(quantity="-1.00"), "/quantity is not a quantity such as 1000.00"),
        (lambda d: d.update(credits=[]), "/credits is not a list of at least 1"),
        (
            lambda d: d.update(retiredAt="2024-02-30T10:30:00Z"),
            "/retiredAt is not an instant such as 2024-01-15T10:30:00Z",
        ),
        (
            lambda d: d.update(retiredAt="2024-01-15T10:30:00+00:00"),
            "/retiredAt is not an instant such as 2024-01-15T10:30:00Z",
        ),
        (
            lambda d: d["credits"][0].update(serial="KRB-2021-1-1"),
            "/credits/0/serial is not a credit serial",
        ),
        (
            lambda d: d["beneficiary"].update(undisclosed=True),
            "/beneficiary has fields that do not belong there",
        ),
        (
            lambda d: d["proof"].update(signature=d["proof"]["signature"].upper()),
            "/proof/signature is not 128 lower-case hex digits",
        ),
        (
            lambda d: d["chain"]["record"].update(secret="x"),
            "/chain/record has fields that do not belong there",
        ),
        (
            lambda d: d["chain"]["record"].update(retired_by=str(HOLDER_ID)),
            "/chain/record/retired_by is not 64 lower-case hex digits",
        ),
        (
            lambda d: d["chain"]["metadata"].update(vintage=True),
            "/chain/metadata/vintage is nothing that Cardano metadata can hold",
        ),
    ],
)
def test_a_document_of_another_shape_is_no_certificate(
    change: Callable[[dict[str, Any]], object], fault: str
) -> None:
    document = json.loads(sealed_bytes())

    change(document)

    assert read_certificate(json.dumps(document).encode()).faults == (fault,)


def test_a_forgery_signed_with_another_key_fails_for_want_of_the_registrys_key() -> None:
    document = json.loads(sealed_bytes())
    document["beneficiary"]["name"] = "Somebody Else Ltd"
    forged = seal(document, OTHER_SIGNER)

    checks = check(canonical_bytes(forged), chain_facts(forged))

    assert failed(checks) == {"registry key"}
    assert (
        checks[NAMES.index("registry key")].sentence
        == "The key it names is not one of the registry's keys."
    )


def test_without_the_registrys_keys_the_verdict_says_what_was_not_checked() -> None:
    checks = check_document(
        sealed_bytes(),
        verify_signature=verify_signature,
        chain_facts=chain_facts(sealed()),
        networks=["preview"],
    )

    assert states(checks) == ALL_PASSED | {"registry key": "skipped"}
    assert verdict(checks).holds
    assert not verdict(checks).complete
    assert verdict(checks).sentence == "What was checked holds; not checked: registry key."


@pytest.mark.parametrize(("days", "state"), [(-1, "failed"), (1, "passed")])
def test_a_key_seals_nothing_that_reached_the_chain_after_it_was_given_up(
    days: int, state: str
) -> None:
    until = datetime(2024, 1, 15, 10, 31, 4, tzinfo=UTC) + timedelta(days=days)

    checks = check_document(
        sealed_bytes(),
        verify_signature=verify_signature,
        chain_facts=chain_facts(sealed()),
        trusted_keys=[TrustedKey(SIGNER.public_key.hex(), valid_until=until)],
    )

    assert states(checks)["registry key"] == state


def test_a_signature_over_other_contents_is_refused() -> None:
    document = sealed()
    other = sealed(accepted(reason="Something else entirely"))
    document["proof"] = other["proof"]

    assert failed(check(canonical_bytes(document), chain_facts(document))) == {
        "digest",
        "signature",
    }


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda d: d["credits"][0]["units"].update(last=99_999), {"quantity"}),
        (lambda d: d["credits"][0]["units"].update(first=200_000), {"quantity"}),
        (lambda d: d.update(quantity="999.99"), {"quantity", "record and certificate"}),
        (lambda d: d["credits"][0].update(vintage=2020), {"record and certificate"}),
        (
            lambda d: d["credits"][0].update(serial="KRB-2021-001-000002"),
            {"record and certificate"},
        ),
        (
            lambda d: d["credits"][0]["project"].update(id=d["certificateId"]),
            {"record and certificate"},
        ),
        (lambda d: d.update(reason="Another reason"), {"record and certificate"}),
        (lambda d: d.update(retiredAt="2024-01-15T10:30:01Z"), {"record and certificate"}),
        # A list of credits without one of records has another shape.
        (lambda d: d["credits"].append(d["credits"][0]), {"canonical form"}),
        (lambda d: d["chain"].update(metadata={}), {"record and certificate"}),
        (
            lambda d: d["chain"].update(platformAddress="addr_test1" + "q" * 50),
            {"payer"},
        ),
    ],
)
def test_even_the_registrys_own_key_cannot_seal_what_does_not_agree(
    change: Callable[[dict[str, Any]], object], names: set[str]
) -> None:
    document = resealed(change)

    # The chain still says what it said before the change.
    assert failed(check(canonical_bytes(document), chain_facts(sealed()))) == names


def test_credits_that_share_a_unit_are_refused_though_they_add_up() -> None:
    credits = [
        RetiredCredit(Serial(2021, 1, n), UnitRange(first, first + 99), PROJECT)
        for n, first in ((1, 1), (2, 100))
    ]
    document = seal(certificate_document(confirmed(replace(accepted(), credits=credits))))

    checks = check(canonical_bytes(document), each_fact(document))

    assert [c.sentence for c in checks if c.name == "quantity"] == [
        "Two of its credits share a unit."
    ]


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        (
            {"inclusion": None, "payload": None, "paid_by": ()},
            {"transaction", "chain record", "payer"},
        ),
        ({"inclusion": Inclusion(TX_HASH, BLOCK_HASH, 2_871_204, 73_512_441, 5)}, {"transaction"}),
        (
            {"inclusion": Inclusion("9a" * 32, BLOCK_HASH, 2_871_204, 73_512_441, 9)},
            {"transaction"},
        ),
        ({"inclusion": Inclusion(TX_HASH, BLOCK_HASH, 2_871_205, 73_512_441, 9)}, {"transaction"}),
        ({"payload": None}, {"chain record"}),
        ({"payload": "text"}, {"chain record"}),
        ({"payload": {"records": "text"}}, {"chain record"}),
        ({"payload": record(accepted(quantity_units=99_999))}, {"chain record"}),
        ({"payload": record(accepted(reason="Other"))}, {"chain record"}),
        ({"payload": record(accepted()) | {"vintage": True}}, {"chain record"}),
        ({"paid_by": (PLATFORM_ADDRESS, "addr_test1" + "q" * 50)}, {"payer"}),
    ],
)
def test_a_chain_that_says_otherwise_is_believed(facts: dict[str, Any], names: set[str]) -> None:
    checks = check(sealed_bytes(), chain_facts(sealed(), **facts))

    assert failed(checks) == names


@pytest.mark.parametrize(
    ("facts", "skipped"),
    [
        ({"paid_by": ()}, {"payer"}),
        ({"paid_by": ("",)}, {"payer"}),
        ({"paid_by": (PLATFORM_ADDRESS, "")}, {"payer"}),
        (
            {"inclusion": None, "paid_by": (), "standing": BlockStanding.NOT_SHOWN},
            {"transaction", "chain record", "payer"},
        ),
    ],
)
def test_what_a_server_does_not_show_is_not_checked(
    facts: dict[str, Any], skipped: set[str]
) -> None:
    checks = check(sealed_bytes(), chain_facts(sealed(), **facts))

    assert {one.name for one in checks if one.passed is None} == skipped
    assert failed(checks) == set()


def test_a_stranger_beside_an_unknown_payer_is_a_wrong_payer() -> None:
    facts = chain_facts(sealed(), paid_by=("", "addr_test1" + "q" * 50))

    assert failed(check(sealed_bytes(), facts)) == {"payer"}


def test_another_block_after_a_reorganisation_is_accepted_and_said() -> None:
    elsewhere = Inclusion(TX_HASH, "5e" * 32, 2_871_206, 73_512_490, 6)

    checks = check(sealed_bytes(), chain_facts(sealed(), inclusion=elsewhere))

    assert states(checks) == ALL_PASSED
    assert "reorganised" in checks[NAMES.index("transaction")].sentence


def test_differences_on_the_chain_are_named_by_field() -> None:
    facts = chain_facts(sealed(), payload=record(accepted(quantity_units=99_999)))

    checks = check(sealed_bytes(), facts)

    assert checks[NAMES.index("chain record")].sentence.endswith(
        "does not hold this record: /quantity."
    )


def test_a_chain_that_was_not_asked_leaves_its_checks_open() -> None:
    checks = check(sealed_bytes())

    assert states(checks) == ALL_PASSED | {
        "transaction": "skipped",
        "chain record": "skipped",
        "payer": "skipped",
    }


# Whatever UTF-8 can say; a lone surrogate is no character, and the API refuses it at the door.
texts = st.text(st.characters(codec="utf-8"), max_size=120)


@st.composite
def certificates(draw: st.DrawFn) -> Certificate:
    first = draw(st.integers(1, 10**12))
    units = UnitRange(first, first + draw(st.integers(0, 10**9)))
    serial = Serial(
        draw(st.integers(1990, 2026)), draw(st.integers(1, 9999)), draw(st.integers(1, 10**7))
    )
    beneficiaries = st.builds(
        Beneficiary, texts, st.sampled_from(["FRA", "URY", "JPN"]), st.none() | texts
    )
    return replace(
        accepted(),
        credits=[RetiredCredit(serial, units, replace(PROJECT, title=draw(texts)))],
        beneficiary=draw(st.none() | beneficiaries),
        purpose=draw(texts),
        reason=draw(texts),
        retired_at=EPOCH + draw(st.timedeltas(timedelta(0), timedelta(days=36_500))),
    )


@given(certificates())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_certified_is_read_back_the_same_and_holds(certificate: Certificate) -> None:
    document = sealed(certificate)
    raw = canonical_bytes(document)

    assert read_certificate(raw).document == document
    assert canonical_bytes(json.loads(raw)) == raw
    assert states(check(raw, chain_facts(document))) == ALL_PASSED


@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "ignore"))
)
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_the_checks_raise(raw: bytes) -> None:
    assert not verdict(check(raw)).holds


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
@settings(max_examples=150, deadline=None)
def test_no_payload_on_the_chain_makes_the_checks_raise(payload: Any) -> None:
    checks = check(sealed_bytes(), chain_facts(sealed(), payload=payload))

    assert states(checks)["chain record"] == "failed"


def test_a_certificate_of_several_credits_has_a_record_and_evidence_for_each() -> None:
    document = sealed(of_several())

    assert (document["version"], document["quantity"]) == (3, "350.01")
    assert [chain["record"]["credit_id"] for chain in document["chain"]] == [
        credit["serial"] for credit in document["credits"]
    ]
    assert {evidence["projectId"] for evidence in document["evidence"]} == {
        credit["project"]["id"] for credit in document["credits"]
    }


def test_a_certificate_of_several_credits_passes_every_check() -> None:
    raw = sealed_bytes(of_several())

    checks = check(raw, each_fact(json.loads(raw)))

    assert states(checks) == ALL_PASSED
    assert len(stated_blocks(raw)) == 3


def test_an_accepted_certificate_of_several_credits_waits_for_all_of_them() -> None:
    raw = canonical_bytes(certificate_document(of_several()))

    checks = check(raw)

    assert json.loads(raw)["chain"] is None
    assert (failed(checks), stated_blocks(raw)) == ({"sealed"}, {})


@pytest.mark.parametrize("lost", range(3))
def test_one_record_missing_on_the_chain_is_enough_to_refuse_several(lost: int) -> None:
    document = sealed(of_several())
    facts = each_fact(document)
    del facts[document["chain"][lost]["txHash"]]

    checks = check(canonical_bytes(document), facts)

    assert failed(checks) == {"transaction", "chain record", "payer"}
    serial = document["credits"][lost]["serial"]
    assert {c.sentence.startswith(serial) for c in checks if c.passed is False} == {True}


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["chain"].reverse(),
        lambda d: d["chain"].pop(),
        lambda d: d["evidence"].pop(),
        lambda d: d["evidence"].append(d["evidence"][0]),
        lambda d: d["credits"][1].update(quantity="99.99"),
    ],
)
def test_even_the_registrys_own_key_cannot_seal_several_that_do_not_agree(
    change: Callable[[dict[str, Any]], object],
) -> None:
    honest = sealed(of_several())
    document = json.loads(canonical_bytes(honest))
    change(document)

    checks = check(canonical_bytes(seal(document)), each_fact(honest))

    assert "record and certificate" in failed(checks)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda d: d.update(version=1), "/evidence is not an object"),
        (lambda d: d.update(chain=d["chain"][:1]), "/chain is not a list of at least 2"),
        (lambda d: d.update(version=2, credits=[]), "/credits is not a list of at least 2"),
        (lambda d: d.update(credits=d["credits"][:1]), "/evidence is not an object"),
        (lambda d: d["evidence"][0].pop("projectId"), "/evidence/0/projectId is missing"),
    ],
)
def test_a_document_of_several_of_another_shape_is_no_certificate(
    change: Callable[[dict[str, Any]], object], fault: str
) -> None:
    document = sealed(of_several())
    change(document)

    assert fault in read_certificate(canonical_bytes(document)).faults


@pytest.mark.parametrize("version", [1, 2])
def test_a_certificate_that_names_the_account_holds_as_it_was_written(version: int) -> None:
    raw = (FORMER / f"version-{version}.json").read_bytes()
    document = json.loads(raw)
    parts = chain_parts(document)

    checks = check(raw, {part["txHash"]: facts_of(part) for part in parts})

    assert states(checks) == ALL_PASSED
    assert document["version"] == version
    assert {part["record"]["retired_by"] for part in parts} == {str(HOLDER_ID)}


def test_what_was_retired_before_commitments_is_sealed_as_it_stands_on_the_chain() -> None:
    document = json.loads((FORMER / "version-1.json").read_bytes())
    chain = [
        replace(
            evidence, record=document["chain"]["record"], metadata=document["chain"]["metadata"]
        )
        for evidence in confirmed(accepted()).chain
    ]

    written = certificate_document(replace(confirmed(accepted()), chain=chain))

    assert canonical_bytes(seal(written)) == canonical_bytes(document)
