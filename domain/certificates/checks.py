"""
The checks by which a stranger tells a certificate from a forgery, one sentence for each.

They need the certificate's bytes, an Ed25519 implementation and what some server says of the
chain; nothing of ours. The command (`tools/verify.py`), `POST /registry/verify` and the verify
page share them, so that all three say the same.

Source: ADR 0006 (the certificate is canonical JSON), ADR 0007 (what "six" means), ADR 0021 (when a
certificate was sealed, and sealing again).
"""

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from domain.certificates.certificates import (
    CertificateStatus,
    canonical_bytes,
    chain_parts,
    digest,
    evidence_parts,
    format_instant,
    signing_message,
)
from domain.certificates.chain_checks import (
    NOT_QUERIED,
    check_chain_record,
    check_network,
    check_payer,
    check_transaction,
    record_fault,
)
from domain.certificates.check_results import (
    Check,
    Document,
    Facts,
    TrustedAddress,
    TrustedKey,
    Verdict,
    facts_of,
)
from domain.certificates.issuance_checks import check_issuances
from domain.certificates.issuances import issuance_parts
from domain.certificates.schema import ParsedCertificate, read_certificate
from domain.chain.metadata import join_text
from domain.chain.transactions import BlockPoint
from domain.quantities import UnitRange, format_tonnes, parse_tonnes

VerifySignature = Callable[[bytes, bytes, bytes], bool]
"""Raw Ed25519 public key, message and signature in; whether they belong together out."""

NAMES = (
    "canonical form",
    "sealed",
    "digest",
    "signature",
    "registry key",
    "quantity",
    "network",
    "transaction",
    "chain record",
    "record and certificate",
    "payer",
)


def check_document(
    raw: bytes,
    *,
    verify_signature: VerifySignature,
    chain_facts: Facts | None = None,
    networks: Collection[str] | None = None,
    trusted_keys: Sequence[TrustedKey] | None = None,
    trusted_addresses: Collection[TrustedAddress] | None = None,
    unasked: str = NOT_QUERIED,
) -> tuple[Check, ...]:
    """
    Check the bytes of a certificate; always the same eleven checks in the same order, and three more
    when it names its issuances, as every one does that was sealed since ADR 0039.

    `chain_facts`, `networks`, `trusted_keys` and `trusted_addresses` are None when nobody asked;
    the checks that need them are then skipped, and say so: `unasked` is why the chain was not.
    `networks` are the names that the chain that was asked may go by. No input makes this raise.
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
    facts = chain_facts
    return (
        canonical,
        sealed,
        _check_digest(document),
        _check_signature(document, verify_signature),
        _check_registry_key(document, trusted_keys, facts),
        _check_quantity(document),
        _for_each_chain(document, lambda chain: check_network(chain, networks, unasked)),
        _for_each_chain(
            document, lambda chain: check_transaction(chain, facts_of(chain, facts), unasked)
        ),
        _for_each_chain(
            document, lambda chain: check_chain_record(chain, facts_of(chain, facts), unasked)
        ),
        _check_record_agrees(document),
        _for_each_chain(
            document,
            lambda chain: check_payer(chain, facts_of(chain, facts), trusted_addresses, unasked),
        ),
        *check_issuances(
            document,
            facts=facts,
            networks=networks,
            trusted_addresses=trusted_addresses,
            unasked=unasked,
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


def stated_blocks(raw: bytes) -> Mapping[str, BlockPoint]:
    """
    Where each of the transactions to ask the chain for is said to stand, by its hash in hex.

    Empty when the bytes name no transaction.
    """
    document = read_certificate(raw).document
    if document is None:
        return {}
    chains = [*chain_parts(document), *(part["chain"] for part in issuance_parts(document))]
    return {
        chain["txHash"]: BlockPoint(chain["blockHeight"], chain["slot"], chain["blockHash"])
        for chain in chains
    }


def _for_each_chain(document: Document, check: Callable[[Document], Check]) -> Check:
    """The same check of every credit's transaction; the first that did not pass speaks for all."""
    found = [check(chain) for chain in chain_parts(document)]
    if not isinstance(document["chain"], list):
        return found[0].below("/chain")
    for state in (False, None):
        for index, (credit, one) in enumerate(zip(document["credits"], found, strict=False)):
            if one.passed is state:
                sentence = f"{credit['serial']}: {one.sentence}"
                return Check(one.name, state, sentence, f"/chain/{index}{one.pointer}")
    sentence = f"For each of {len(found)} credits: {found[0].sentence}"
    return Check(found[0].name, True, sentence, "/chain")


def _check_canonical(raw: bytes, reading: ParsedCertificate) -> Check:
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
        return Check("sealed", True, "The certificate is sealed.", "/status")
    if not is_sealed and not document["chain"] and "proof" not in document:
        return Check(
            "sealed",
            False,
            "The retirement is accepted, but not yet sealed: it waits for the chain. "
            "Download the certificate again later.",
            "/status",
        )
    sentence = "Its status does not fit its chain record and proof."
    return Check("sealed", False, sentence, "/status")


def _unsealed(document: Document) -> tuple[Check, ...]:
    why = "Not checked: only a sealed certificate can be."
    return tuple(
        _check_quantity(document) if name == "quantity" else Check(name, None, why)
        for name in NAMES[2:]
    )


def _check_digest(document: Document) -> Check:
    found = _digest_or_none(document)
    if found == document["proof"]["digest"]:
        sentence = f"The contents have the SHA-256 {found}."
        return Check("digest", True, sentence, "/proof/digest")
    sentence = "The contents do not have the SHA-256 that the proof states."
    return Check("digest", False, sentence, "/proof/digest")


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
    pointer = "/proof/signature"
    if good:
        sentence = f"The key {proof['publicKey']} signed these contents."
        return Check("signature", True, sentence, pointer)
    sentence = "The signature does not belong to these contents and key."
    return Check("signature", False, sentence, pointer)


def _check_registry_key(
    document: Document, trusted_keys: Sequence[TrustedKey] | None, facts: Facts | None
) -> Check:
    name, pointer = "registry key", "/proof/publicKey"
    if trusted_keys is None:
        return Check(
            name,
            None,
            "Not checked: whether the key that signed is the registry's. "
            "Anybody can sign with a key of their own; compare it with the registry's published keys.",
            pointer,
        )
    public_key = document["proof"]["publicKey"]
    matches = [key for key in trusted_keys if key.public_key == public_key]
    if not matches:
        sentence = "The key it names is not one of the registry's keys."
        return Check(name, False, sentence, pointer)
    moment = _no_earlier_than(document, facts)
    if not any(key.seals_at(moment, heed_start="sealedAt" in document) for key in matches):
        when = format_instant(moment)
        sentence = f"The registry did not seal with this key at the time ({when})."
        return Check(name, False, sentence, pointer)
    return Check(name, True, "The key it names is one of the registry's keys.", pointer)


def _no_earlier_than(document: Document, facts: Facts | None) -> datetime:
    """
    When the certificate was sealed, as far as a stranger can tell.

    `sealedAt` is the registry's word, and a stolen key could say anything; the blocks' time is
    nobody's claim, and nothing is sealed before its block. Old certificates have no `sealedAt`.
    """
    found = [facts_of(chain, facts) for chain in chain_parts(document)]
    times = [one.block_time for one in found if one is not None and one.block_time]
    if "sealedAt" in document:
        times.append(datetime.fromisoformat(document["sealedAt"]))
    return max(times) if times else datetime.fromisoformat(document["retiredAt"])


def _check_quantity(document: Document) -> Check:
    credits = document["credits"]
    for index, credit in enumerate(credits):
        units = credit["units"]
        counted = units["last"] - units["first"] + 1
        if counted != parse_tonnes(credit["quantity"]):
            return Check(
                "quantity",
                False,
                f"{credit['serial']} states {credit['quantity']} t CO2e, "
                f"but its units count {format_tonnes(max(counted, 0))} t.",
                f"/credits/{index}/quantity",
            )
    total = sum(parse_tonnes(credit["quantity"]) for credit in credits)
    if total != parse_tonnes(document["quantity"]):
        sentence = "The credits do not add up to the certificate's quantity."
        return Check("quantity", False, sentence, "/quantity")
    if _overlap([UnitRange(c["units"]["first"], c["units"]["last"]) for c in credits]):
        return Check("quantity", False, "Two of its credits share a unit.", "/credits")
    sentence = f"Units and credits add up to {document['quantity']} t CO2e."
    return Check("quantity", True, sentence, "/quantity")


def _overlap(ranges: Sequence[UnitRange]) -> bool:
    ordered = sorted(ranges)
    return any(a.last >= b.first for a, b in pairwise(ordered))


def _check_record_agrees(document: Document) -> Check:
    name = "record and certificate"
    chains, credits = chain_parts(document), document["credits"]
    if len(credits) != len(chains):
        records = "One record" if len(chains) == 1 else f"{len(chains)} records"
        return Check(name, False, f"{records} cannot speak for {len(credits)} credits.", "/credits")
    if isinstance(document["evidence"], list) and not _evidence_covers(document):
        sentence = "Its evidence is not that of its credits' projects."
        return Check(name, False, sentence, "/evidence")
    for index, (credit, chain) in enumerate(zip(credits, chains, strict=True)):
        pointer = f"/chain/{index}" if isinstance(document["chain"], list) else "/chain"
        if record_fault(chain["metadata"], chain["record"]) is not None:
            sentence = (
                "The metadata the certificate quotes does not hold its record, once and whole."
            )
            return Check(name, False, sentence, f"{pointer}/metadata")
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
            sentence = f"Record and certificate differ in {', '.join(differing)}."
            return Check(name, False, sentence, f"{pointer}/record/{differing[0]}")
    return Check(
        name,
        True,
        "Serial, project, quantity, vintage, reason and time are those of the record.",
        "/chain",
    )


def _evidence_covers(document: Document) -> bool:
    """
    Each project of the credits has its evidence, and nothing else has; no approval has it twice.

    Whether each of several approvals of one project is needed, its issuances say (issuance_checks).
    """
    stated = [(one["projectId"], one["signOffDigest"]) for one in evidence_parts(document)]
    projects = {credit["project"]["id"] for credit in document["credits"]}
    return len(set(stated)) == len(stated) and {project for project, _ in stated} == projects


def _stated_by(value: Any) -> Any:
    """A field of the record as it was before it was cut into chunks for the chain."""
    return value if isinstance(value, int) else join_text(value)
