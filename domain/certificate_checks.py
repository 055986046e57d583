"""
The checks by which a stranger tells a certificate from a forgery, one sentence for each.

They need the certificate's bytes, an Ed25519 implementation and what some server says of the
chain; nothing of ours. The command (`tools/verify.py`), `POST /registry/verify` and the verify
page share them, so that all three say the same.

Source: ADR 0006 (the certificate is canonical JSON), ADR on what "six" means.
"""

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from domain.certificate_shape import Reading, read_certificate
from domain.certificates import (
    CertificateStatus,
    canonical_bytes,
    chain_parts,
    digest,
    evidence_parts,
    signing_message,
)
from domain.chain import Inclusion
from domain.confirmations import CONFIRMATIONS_REQUIRED
from domain.metadata import differences, find_record, join_text
from domain.quantities import UnitRange, format_tonnes, parse_tonnes

VerifySignature = Callable[[bytes, bytes, bytes], bool]
"""Raw Ed25519 public key, message and signature in; whether they belong together out."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """`passed` None means that nobody looked; the sentence then says why."""

    name: str
    passed: bool | None
    sentence: str

    @property
    def state(self) -> str:
        return {True: "passed", False: "failed", None: "skipped"}[self.passed]


@dataclass(frozen=True)
class ChainFacts:
    """
    What a server says of the certificate's transaction.

    `inclusion` None means that the server does not know the transaction. `payload` is the content
    of label 674, None when there is none. `paid_by` are the addresses of the spent inputs,
    collateral and reference inputs left out.
    """

    inclusion: Inclusion | None
    payload: Any = None
    paid_by: tuple[str, ...] = ()
    block_time: datetime | None = None


Facts = ChainFacts | Mapping[str, ChainFacts]
"""What was found of the one transaction, or of each of several by its hash."""


@dataclass(frozen=True)
class TrustedKey:
    """A key the registry publishes, in hex; after `valid_until` it seals nothing new."""

    public_key: str
    valid_until: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """`complete` is False when something was not checked; the sentence names it."""

    holds: bool
    complete: bool
    sentence: str


def check_document(
    raw: bytes,
    *,
    verify_signature: VerifySignature,
    chain_facts: Facts | None = None,
    trusted_keys: Sequence[TrustedKey] | None = None,
    trusted_addresses: Collection[str] | None = None,
) -> tuple[Check, ...]:
    """
    Check the bytes of a certificate; always the same ten checks in the same order.

    `chain_facts`, `trusted_keys` and `trusted_addresses` are None when nobody asked; the checks
    that need them are then skipped, and say so. No input makes this raise.
    """
    reading = read_certificate(raw)
    canonical = _check_canonical(raw, reading)
    document = reading.document
    if document is None:
        unread = "Not checked: the file cannot be read as a certificate."
        return (canonical, *(Check(name, None, unread) for name in NAMES[1:]))
    sealed = _check_sealed(document)
    if not sealed.passed:
        return (canonical, sealed, *_unsealed(document))
    return (
        canonical,
        sealed,
        _check_digest(document),
        _check_signature(document, verify_signature),
        _check_registry_key(document, trusted_keys, chain_facts),
        _check_quantity(document),
        _for_each_chain(document, chain_facts, _check_transaction),
        _for_each_chain(document, chain_facts, _check_chain_record),
        _check_record_agrees(document),
        _for_each_chain(
            document,
            chain_facts,
            lambda chain, facts: _check_payer(chain, facts, trusted_addresses),
        ),
    )


def verdict(checks: Sequence[Check]) -> Verdict:
    """What the checks amount to: one failure is enough to refuse the certificate."""
    failed = sum(check.passed is False for check in checks)
    skipped = [check.name for check in checks if check.passed is None]
    if failed:
        return Verdict(
            False,
            not skipped,
            f"Do not rely on this certificate: {failed} of {len(checks)} failed.",
        )
    if skipped:
        names = ", ".join(skipped)
        return Verdict(True, False, f"What was checked holds; not checked: {names}.")
    return Verdict(True, True, f"This certificate holds: all {len(checks)} checks passed.")


NAMES = (
    "canonical form",
    "sealed",
    "digest",
    "signature",
    "registry key",
    "quantity",
    "transaction",
    "chain record",
    "record and certificate",
    "payer",
)


def transaction_hashes(raw: bytes) -> tuple[str, ...]:
    """The transactions to ask the chain for, in hex, each once; none when the bytes name none."""
    document = read_certificate(raw).document
    chains = chain_parts(document) if document else []
    return tuple(dict.fromkeys(chain["txHash"] for chain in chains))


def _for_each_chain(
    document: Document,
    facts: Facts | None,
    check: Callable[[Document, ChainFacts | None], Check],
) -> Check:
    """The same check of every credit's transaction; the first that did not pass speaks for all."""
    chains = chain_parts(document)
    found = [check(chain, _facts_of(chain, facts)) for chain in chains]
    if len(found) == 1:
        return found[0]
    for state in (False, None):
        for credit, one in zip(document["credits"], found, strict=False):
            if one.passed is state:
                return Check(one.name, state, f"{credit['serial']}: {one.sentence}")
    return Check(found[0].name, True, f"For each of {len(found)} credits: {found[0].sentence}")


def _facts_of(chain: Document, facts: Facts | None) -> ChainFacts | None:
    if isinstance(facts, Mapping):
        return facts.get(chain["txHash"], ChainFacts(inclusion=None))
    return facts


def _check_canonical(raw: bytes, reading: Reading) -> Check:
    if reading.document is None:
        faults = "; ".join(fault[:200] for fault in reading.faults[:5])
        return Check("canonical form", False, f"This is not a certificate: {faults}.")
    try:
        same = canonical_bytes(reading.document) == raw
    except (ValueError, RecursionError):
        same = False
    if same:
        return Check("canonical form", True, "Every byte is where RFC 8785 puts it.")
    return Check(
        "canonical form",
        False,
        "The bytes are not in canonical form (RFC 8785): the file was changed or reformatted.",
    )


def _check_sealed(document: Document) -> Check:
    is_sealed = document["status"] == CertificateStatus.SEALED
    if is_sealed and document["chain"] and "proof" in document:
        return Check("sealed", True, "The certificate is sealed.")
    if not is_sealed and not document["chain"] and "proof" not in document:
        return Check(
            "sealed",
            False,
            "The retirement is accepted, but not yet sealed: it waits for the chain. "
            "Download the certificate again later.",
        )
    return Check("sealed", False, "Its status does not fit its chain record and proof.")


def _unsealed(document: Document) -> tuple[Check, ...]:
    why = "Not checked: only a sealed certificate can be."
    return tuple(
        _check_quantity(document) if name == "quantity" else Check(name, None, why)
        for name in NAMES[2:]
    )


def _check_digest(document: Document) -> Check:
    found = _digest_or_none(document)
    if found == document["proof"]["digest"]:
        return Check("digest", True, f"The contents have the SHA-256 {found}.")
    return Check("digest", False, "The contents do not have the SHA-256 that the proof states.")


def _digest_or_none(document: Document) -> str | None:
    try:
        return digest(document).hex()
    except (ValueError, RecursionError):
        return None


def _check_signature(document: Document, verify_signature: VerifySignature) -> Check:
    proof = document["proof"]
    good = _digest_or_none(document) is not None and verify_signature(
        bytes.fromhex(proof["publicKey"]),
        signing_message(document),
        bytes.fromhex(proof["signature"]),
    )
    if good:
        return Check("signature", True, f"The key {proof['publicKey']} signed these contents.")
    return Check("signature", False, "The signature does not belong to these contents and key.")


def _check_registry_key(
    document: Document, trusted_keys: Sequence[TrustedKey] | None, facts: Facts | None
) -> Check:
    name = "registry key"
    if trusted_keys is None:
        return Check(
            name,
            None,
            "Not checked: whether the key that signed is the registry's. "
            "Anybody can sign with a key of their own; compare it with the registry's published keys.",
        )
    public_key = document["proof"]["publicKey"]
    matches = [key for key in trusted_keys if key.public_key == public_key]
    if not matches:
        return Check(name, False, "The key that signed is not one of the registry's keys.")
    # The block's time is nobody's claim; a certificate without it falls back on its own word.
    of_each = [_facts_of(chain, facts) for chain in chain_parts(document)]
    times = [found.block_time for found in of_each if found is not None and found.block_time]
    moment = max(times) if times else datetime.fromisoformat(document["retiredAt"])
    if not any(key.valid_until is None or moment <= key.valid_until for key in matches):
        return Check(name, False, "The registry had given up this key before the retirement.")
    return Check(name, True, "The key that signed is one of the registry's keys.")


def _check_quantity(document: Document) -> Check:
    credits = document["credits"]
    for credit in credits:
        units = credit["units"]
        counted = units["last"] - units["first"] + 1
        if counted != parse_tonnes(credit["quantity"]):
            return Check(
                "quantity",
                False,
                f"{credit['serial']} states {credit['quantity']} t CO2e, "
                f"but its units count {format_tonnes(max(counted, 0))} t.",
            )
    total = sum(parse_tonnes(credit["quantity"]) for credit in credits)
    if total != parse_tonnes(document["quantity"]):
        return Check("quantity", False, "The credits do not add up to the certificate's quantity.")
    if _overlap([UnitRange(c["units"]["first"], c["units"]["last"]) for c in credits]):
        return Check("quantity", False, "Two of its credits share a unit.")
    return Check("quantity", True, f"Units and credits add up to {document['quantity']} t CO2e.")


def _overlap(ranges: Sequence[UnitRange]) -> bool:
    ordered = sorted(ranges)
    return any(a.last >= b.first for a, b in pairwise(ordered))


def _check_transaction(chain: Document, facts: ChainFacts | None) -> Check:
    name = "transaction"
    if facts is None:
        return Check(name, None, "Not checked: the chain was not asked.")
    found = facts.inclusion
    if found is None or found.tx_hash != chain["txHash"]:
        return Check(
            name,
            False,
            f"The transaction is not on this chain (the certificate says {_network(chain)}).",
        )
    if found.confirmations < CONFIRMATIONS_REQUIRED:
        return Check(
            name,
            False,
            f"Only {found.confirmations} blocks stand on top of the transaction; "
            f"{CONFIRMATIONS_REQUIRED} are needed. Try again in a few minutes.",
        )
    where = f"block {found.block_height}, with {found.confirmations} blocks on top"
    if found.block_hash != chain["blockHash"]:
        return Check(
            name,
            True,
            f"The transaction is in {where}; another block than stated holds it now, "
            "because the chain was reorganised after sealing.",
        )
    if (found.block_height, found.slot) != (chain["blockHeight"], chain["slot"]):
        return Check(name, False, "The block stated has another height or slot on the chain.")
    return Check(name, True, f"The transaction is in {where}, as stated.")


def _network(chain: Document) -> str:
    """The network's name as far as it is safe to print: it is the certificate's own text."""
    network = str(chain["network"])
    return network if network.isascii() and network.isalnum() else "another network"


def _check_chain_record(chain: Document, facts: ChainFacts | None) -> Check:
    name = "chain record"
    if facts is None:
        return Check(name, None, "Not checked: the chain was not asked.")
    if facts.inclusion is None:
        return Check(name, False, "There is no transaction whose metadata could be compared.")
    if not _holds_record(facts.payload, chain["record"]):
        return Check(
            name,
            False,
            f"The metadata on the chain (label {chain['label']}) does not hold this record"
            f"{_named_differences(facts.payload, chain['record'])}.",
        )
    return Check(
        name,
        True,
        f"The metadata on the chain (label {chain['label']}) holds this record, field by field.",
    )


def _holds_record(payload: Any, record: Document) -> bool:
    found = find_record(payload, record)
    return found is not None and not differences(record, found)


def _named_differences(payload: Any, record: Document) -> str:
    found = find_record(payload, record)
    return "" if found is None else f": {'; '.join(differences(record, found))}"


def _check_record_agrees(document: Document) -> Check:
    name = "record and certificate"
    chains, credits = chain_parts(document), document["credits"]
    if len(credits) != len(chains):
        records = "One record" if len(chains) == 1 else f"{len(chains)} records"
        return Check(name, False, f"{records} cannot speak for {len(credits)} credits.")
    if isinstance(document["evidence"], list) and not _evidence_covers(document):
        return Check(name, False, "Its evidence is not that of its credits' projects.")
    for credit, chain in zip(credits, chains, strict=True):
        if not _holds_record(chain["metadata"], chain["record"]):
            return Check(
                name, False, "The metadata the certificate quotes does not hold its record."
            )
        stated = {
            "credit_id": credit["serial"],
            "project_id": credit["project"]["id"],
            "quantity": (document if len(credits) == 1 else credit)["quantity"],
            "vintage": credit["vintage"],
            "retirement_reason": unicodedata.normalize("NFC", document["reason"]),
            "timestamp": document["retiredAt"],
        }
        differing = [key for key in stated if _stated_by(chain["record"][key]) != stated[key]]
        if differing:
            return Check(name, False, f"Record and certificate differ in {', '.join(differing)}.")
    return Check(
        name, True, "Serial, project, quantity, vintage, reason and time are those of the record."
    )


def _evidence_covers(document: Document) -> bool:
    """Each project of the credits has its evidence, once, and nothing else has."""
    stated = [evidence["projectId"] for evidence in evidence_parts(document)]
    projects = {credit["project"]["id"] for credit in document["credits"]}
    return sorted(stated) == sorted(projects)


def _stated_by(value: Any) -> Any:
    """A field of the record as it was before it was cut into chunks for the chain."""
    return value if isinstance(value, int) else join_text(value)


def _check_payer(
    chain: Document, facts: ChainFacts | None, trusted_addresses: Collection[str] | None
) -> Check:
    name, address = "payer", chain["platformAddress"]
    if trusted_addresses is not None and address not in trusted_addresses:
        return Check(name, False, "The address stated is not one of the registry's addresses.")
    if facts is None:
        return Check(name, None, "Not checked: the chain was not asked.")
    if not facts.paid_by or set(facts.paid_by) != {address}:
        return Check(name, False, "The transaction was not paid by the address stated.")
    whose = "stated" if trusted_addresses is None else "stated, which is one of the registry's"
    return Check(name, True, f"The transaction was paid by the address {whose}.")
