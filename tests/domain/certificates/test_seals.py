"""
Certificates in batches, over time and on their network: which record, which key, which chain is meant.

What each check says of a single certificate is in test_certificates.py.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.signing.certificate_signature import verify_signature
from domain.certificates.certificates import (
    Certificate,
    RetiredCredit,
    canonical_bytes,
    certificate_document,
)
from domain.certificates.check_results import Check, Facts, TrustedAddress, TrustedKey
from domain.certificates.checks import check_document, verdict
from domain.certificates.published_keys import Trusted, read_published
from domain.chain.metadata import Record, issuance_record, payload, transfer_record
from domain.identifiers import Serial
from domain.quantities import UnitRange
from tests.tools.sample_certificates import (
    OTHER_SIGNER,
    PLATFORM_ADDRESS,
    PROJECT,
    SIGNER,
    TX_HASH,
    accepted,
    chain_facts,
    confirmed,
    each_fact,
    of_several,
    record,
    seal,
    sealed,
)

SOMEBODY = UUID("0c9b2f6e-1d7f-4a55-8f5e-7c1f7f8f0a01")
AT = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
BLOCK_TIME = datetime(2024, 1, 15, 10, 31, 4, tzinfo=UTC)
KEY = TrustedKey(SIGNER.public_key.hex())


def checks_of(
    document: dict[str, Any],
    facts: Facts | None = None,
    *,
    keys: Sequence[TrustedKey] = (KEY,),
    addresses: Sequence[TrustedAddress] = (TrustedAddress(PLATFORM_ADDRESS, "preview"),),
    networks: Sequence[str] | None = ("preview",),
) -> tuple[Check, ...]:
    return check_document(
        canonical_bytes(document),
        verify_signature=verify_signature,
        chain_facts=facts if facts is not None else chain_facts(document),
        networks=networks,
        trusted_keys=keys,
        trusted_addresses=addresses,
    )


def failures(checks: Sequence[Check]) -> dict[str, str]:
    return {check.name: check.sentence for check in checks if check.passed is False}


def others(count: int) -> list[Record]:
    """Records of other credits: retirements, and an issuance and a transfer of our very serial."""
    made = [
        record(
            replace(
                accepted(), credits=[RetiredCredit(Serial(2021, 1, n), UnitRange(n, n), PROJECT)]
            )
        )
        for n in range(7, 5 + count)
    ]
    ours: dict[str, Any] = {
        "serial": Serial(2021, 1, 1),
        "project_id": PROJECT.id,
        "quantity_units": 100_000,
        "vintage": 2021,
    }
    same_serial = [
        issuance_record(**ours, issued_to=SOMEBODY, at=AT),
        transfer_record(**ours, sender_id=SOMEBODY, recipient_id=SOMEBODY, at=AT),
    ]
    return [*same_serial, *made][:count]


# Which record of a batch is meant.


@pytest.mark.parametrize("size", [2, 60])
@pytest.mark.parametrize("place", ["first", "last"])
def test_in_a_batch_the_record_is_found_by_its_own_fields_alone(size: int, place: str) -> None:
    document = certificate_document(confirmed(accepted()))
    ours = document["chain"]["record"]
    records = [ours, *others(size - 1)] if place == "first" else [*others(size - 1), ours]
    document["chain"]["metadata"] = payload(records)

    checks = checks_of(seal(document))

    assert verdict(checks).complete
    assert failures(checks) == {}
    assert len(document["chain"]["metadata"]["records"]) == size


@pytest.mark.parametrize("size", [2, 60])
def test_a_batch_without_the_record_is_no_proof_of_it(size: int) -> None:
    document = sealed()

    checks = checks_of(document, chain_facts(document, payload=payload(others(size))))

    assert failures(checks) == {
        "chain record": "The metadata on the chain (label 674) does not hold this record."
    }


@pytest.mark.parametrize("difference", [{}, {"quantity": "1.00"}, {"retired_by": "somebody else"}])
@pytest.mark.parametrize("ours_first", [True, False])
def test_two_retirements_of_one_serial_in_a_batch_contradict_each_other(
    difference: dict[str, str], ours_first: bool
) -> None:
    document = sealed()
    ours = document["chain"]["record"]
    both = [ours, {**ours, **difference}] if ours_first else [{**ours, **difference}, ours]

    checks = checks_of(document, chain_facts(document, payload=payload([*both, *others(3)])))

    assert failures(checks) == {
        "chain record": "The metadata on the chain (label 674) holds 2 such records of one serial, "
        "which is retired once."
    }


def several_over(transactions: Sequence[str]) -> dict[str, Any]:
    """Three credits whose records stand in these transactions, in batches with one another."""
    document = certificate_document(confirmed(of_several()))
    for tx_hash in dict.fromkeys(transactions):
        together = [
            chain
            for chain, own in zip(document["chain"], transactions, strict=True)
            if own == tx_hash
        ]
        metadata = payload([*others(4)[:3], *(chain["record"] for chain in together)])
        for chain in together:
            chain.update(txHash=tx_hash, metadata=metadata)
    return seal(document)


@pytest.mark.parametrize(
    "transactions", [[TX_HASH] * 3, [TX_HASH, "1a" * 32, TX_HASH], ["1a" * 32, "2b" * 32, TX_HASH]]
)
def test_several_credits_may_share_transactions_or_not(transactions: list[str]) -> None:
    document = several_over(transactions)

    checks = checks_of(document, each_fact(document))

    assert verdict(checks).sentence == "This certificate holds: all 11 checks passed."


def test_of_several_credits_in_one_transaction_each_needs_its_own_record() -> None:
    document = several_over([TX_HASH] * 3)
    facts = each_fact(document)
    shown = facts[TX_HASH].payload
    without_the_last = {**shown, "records": shown["records"][:-1]}

    checks = checks_of(document, {TX_HASH: replace(facts[TX_HASH], payload=without_the_last)})

    (sentence,) = failures(checks).values()
    (check,) = [check for check in checks if check.passed is False]
    assert sentence.startswith(document["credits"][2]["serial"])
    assert check.pointer == "/chain/2/record"


def test_one_record_cannot_speak_for_two_credits_of_one_transaction() -> None:
    document = several_over([TX_HASH] * 3)
    document["chain"][1]["record"] = document["chain"][0]["record"]

    checks = checks_of(seal(document), each_fact(document))

    assert failures(checks) == {"record and certificate": "Record and certificate differ in credit_id, "
                                "project_id, quantity."}  # fmt: skip


# Which key was the registry's when the certificate was sealed.

ROTATED = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
OLD = TrustedKey(SIGNER.public_key.hex(), valid_until=ROTATED, valid_from=AT - timedelta(days=99))
NEW = TrustedKey(OTHER_SIGNER.public_key.hex(), valid_from=ROTATED)


def sealed_at(moment: datetime | None, signer: Any = SIGNER) -> dict[str, Any]:
    return seal(certificate_document(replace(confirmed(accepted()), sealed_at=moment)), signer)


@pytest.mark.parametrize(
    ("signer", "seconds", "holds"),
    [(SIGNER, -1, True), (SIGNER, 0, True), (SIGNER, 1, False),
     (OTHER_SIGNER, -1, False), (OTHER_SIGNER, 0, True), (OTHER_SIGNER, 1, True)],
)  # fmt: skip
def test_the_key_is_the_one_of_the_time_of_sealing(signer: Any, seconds: int, holds: bool) -> None:
    document = sealed_at(ROTATED + timedelta(seconds=seconds), signer)

    checks = checks_of(document, keys=[NEW, OLD])

    assert verdict(checks).holds == holds
    assert set(failures(checks)) == (set() if holds else {"registry key"})


def test_a_new_key_may_seal_a_retirement_that_is_older_than_itself() -> None:
    """Confirmed before the rotation, sealed after it: the seal counts, not the block."""
    document = sealed_at(ROTATED + timedelta(hours=1), OTHER_SIGNER)

    assert verdict(checks_of(document, keys=[OLD, NEW])).complete


def test_a_stolen_key_cannot_seal_back_in_time_what_the_chain_shows_later() -> None:
    document = sealed_at(ROTATED - timedelta(days=1))
    late = chain_facts(document, block_time=ROTATED + timedelta(days=1))

    checks = checks_of(document, late, keys=[NEW, OLD])

    assert failures(checks) == {
        "registry key": "The registry did not seal with this key at the time (2025-06-02T12:00:00Z)."
    }


def test_a_certificate_from_before_seals_were_dated_goes_by_its_block() -> None:
    document = sealed_at(None)

    assert "sealedAt" not in document
    assert verdict(checks_of(document, keys=[OLD])).holds
    given_up = replace(OLD, valid_until=BLOCK_TIME - timedelta(seconds=1))
    assert set(failures(checks_of(document, keys=[given_up]))) == {"registry key"}


def test_a_seal_says_which_one_it_supersedes() -> None:
    certificate: Certificate = replace(
        confirmed(accepted()), sealed_at=ROTATED, supersedes="ab" * 32
    )
    document = seal(certificate_document(certificate))

    assert (document["sealedAt"], document["supersedes"]) == ("2025-06-01T12:00:00Z", "ab" * 32)
    assert verdict(checks_of(document)).complete


def test_an_unsealed_certificate_says_neither() -> None:
    document = certificate_document(replace(accepted(), sealed_at=ROTATED, supersedes="ab" * 32))

    assert not {"sealedAt", "supersedes"} & set(document)


# Which chain.


@pytest.mark.parametrize(
    ("network", "networks", "said"),
    [
        ("mainnet", ["preview"], "The address stated does not belong to Cardano mainnet."),
        ("mainnet", None, "The address stated does not belong to Cardano mainnet."),
        ("preprod", ["preview"], "It speaks of Cardano preprod, but the chain asked is preview."),
        (
            "preview",
            ["mainnet"],
            "It speaks of Cardano preview, but the chain asked is mainnet.",
        ),
        (
            "preview",
            [],
            "It speaks of Cardano preview, but the chain asked is a network of another name.",
        ),
        (
            "\x1b[2J",
            ["preview"],
            "It speaks of Cardano another network, but the chain asked is preview.",
        ),
    ],
)
def test_a_certificate_of_another_network_is_refused(
    network: str, networks: list[str] | None, said: str
) -> None:
    document = sealed()
    document["chain"]["network"] = network

    checks = checks_of(
        seal(document), networks=networks, addresses=[TrustedAddress(PLATFORM_ADDRESS)]
    )

    assert failures(checks) == {"network": said}


def test_an_address_counts_on_its_own_network_alone() -> None:
    elsewhere = [TrustedAddress(PLATFORM_ADDRESS, "preprod")]

    assert set(failures(checks_of(sealed(), addresses=elsewhere))) == {"payer"}


@pytest.mark.parametrize(("days", "holds"), [(-1, False), (1, True)])
def test_an_address_that_was_given_up_pays_for_nothing_later(days: int, holds: bool) -> None:
    until = BLOCK_TIME + timedelta(days=days)

    checks = checks_of(sealed(), addresses=[TrustedAddress(PLATFORM_ADDRESS, "preview", until)])

    assert verdict(checks).holds == holds


# The published list.


def test_the_published_list_is_read_with_its_times() -> None:
    document = {
        "certificateKeys": [
            {"publicKey": "ab" * 32, "from": "2025-06-01T12:00:00Z", "until": None},
            {"publicKey": "cd" * 32, "until": "2025-06-01T12:00:00"},
        ],
        "platformAddresses": [
            {"address": "addr1", "network": "mainnet", "from": None, "until": None},
            {"address": "addr2", "until": "2025-06-01T12:00:00Z"},
        ],
    }

    assert read_published(document) == Trusted(
        (
            TrustedKey("ab" * 32, valid_from=ROTATED),
            TrustedKey("cd" * 32, valid_until=ROTATED),
        ),
        (TrustedAddress("addr1", "mainnet"), TrustedAddress("addr2", None, ROTATED)),
    )


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"certificateKeys": [1], "platformAddresses": []},
        {"certificateKeys": [{}], "platformAddresses": []},
        {"certificateKeys": [{"publicKey": "a", "until": "soon"}], "platformAddresses": []},
        {"certificateKeys": [], "platformAddresses": [{"address": "a", "until": 7}]},
    ],
)
def test_what_is_no_such_list_is_a_value_error(document: Any) -> None:
    with pytest.raises(ValueError):
        read_published(json.loads(json.dumps(document)))
