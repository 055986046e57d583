"""
The checks of what a certificate says of its issuances: where its units come from, the record, the quantity approved.

Only documents that name their issuances are asked (domain.certificates.issuances); source: ADR 0039.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from domain.certificates.certificates import evidence_parts
from domain.certificates.chain_checks import (
    check_chain_record,
    check_network,
    check_payer,
    check_transaction,
)
from domain.certificates.check_results import Check, Document, Facts, TrustedAddress, facts_of
from domain.certificates.issuances import issuance_parts
from domain.chain.metadata import join_text
from domain.quantities import format_tonnes, parse_tonnes

ISSUANCE_NAMES = ("issuance", "issuance record", "approved quantity")

Block = Mapping[str, Any]
Part = Mapping[str, Any]


def check_issuances(
    document: Document,
    *,
    facts: Facts | None,
    networks: Collection[str] | None,
    trusted_addresses: Collection[TrustedAddress] | None,
    unasked: str,
) -> tuple[Check, ...]:
    """All three, or none when the document was sealed before certificates named their issuances."""
    parts = issuance_parts(document)
    if not parts:
        return ()

    def on_the_chain(chain: Document) -> Iterator[Check]:
        found = facts_of(chain, facts)
        yield check_network(chain, networks, unasked)
        yield check_transaction(chain, found, unasked)
        yield check_chain_record(chain, found, unasked)
        yield check_payer(chain, found, trusted_addresses, unasked)

    return (_check_origin(document), _check_records(parts, on_the_chain), _check_approved(parts))


def _check_origin(document: Document) -> Check:
    """
    Each credit's units are among those of an issuance of its project and vintage.

    The approvals of the issuances are those of the evidence, all of them and no others.
    """
    parts = issuance_parts(document)
    for index, credit in enumerate(document["credits"]):
        if not any(_holds(part, credit) for part in parts):
            sentence = f"The units of {credit['serial']} come from no issuance that is named."
            return Check("issuance", False, sentence, f"/credits/{index}/units")
    only_project = document["credits"][0]["project"]["id"]
    evidence = {
        (one.get("projectId", only_project), one["signOffDigest"])
        for one in evidence_parts(document)
    }
    approvals = [(part["projectId"], part["approval"]["signOffDigest"]) for part in parts]
    for index, part in enumerate(parts):
        if approvals[index] not in evidence:
            sentence = f"The approval of {part['issued']['serial']} is not that of the evidence."
            return Check("issuance", False, sentence, f"/issuances/{index}/approval/signOffDigest")
    if evidence - set(approvals):
        sentence = "It has evidence of an approval that none of its issuances rests on."
        return Check("issuance", False, sentence, "/evidence")
    named = ", ".join(part["issued"]["serial"] for part in parts)
    return Check("issuance", True, f"The units were issued as {named}.", "/issuances")


def _holds(part: Part, credit: Part) -> bool:
    same = (part["projectId"], part["vintage"]) == (credit["project"]["id"], credit["vintage"])
    return same and any(
        block["units"]["first"] <= credit["units"]["first"]
        and credit["units"]["last"] <= block["units"]["last"]
        for block in _blocks(part)
    )


def _check_records(
    parts: Sequence[Part], on_the_chain: Callable[[Document], Iterator[Check]]
) -> Check:
    name, skipped = "issuance record", None
    for index, part in enumerate(parts):
        serial, chain, pointer = (
            part["issued"]["serial"],
            part["chain"],
            f"/issuances/{index}/chain",
        )
        differing = _unlike_record(part)
        if differing:
            sentence = f"{serial}: record and issuance differ in {', '.join(differing)}."
            return Check(name, False, sentence, f"{pointer}/record/{differing[0]}")
        for one in on_the_chain(chain):
            made = Check(name, one.passed, f"{serial}: {one.sentence}", pointer + one.pointer)
            if one.passed is False:
                return made
            if one.passed is None and skipped is None:
                skipped = made
    sentence = "The chain holds the record of the issuance, field by field, paid by the registry."
    return skipped or Check(name, True, sentence, "/issuances")


def _unlike_record(part: Part) -> list[str]:
    stated = {
        "credit_id": part["issued"]["serial"],
        "project_id": part["projectId"],
        "quantity": part["issued"]["quantity"],
        "vintage": part["vintage"],
    }
    record = part["chain"]["record"]
    return [key for key in stated if _plain(record[key]) != stated[key]]


def _check_approved(parts: Sequence[Part]) -> Check:
    """What was issued of each vintage of an approval, the buffer's share included, is what it says."""
    name = "approved quantity"
    for index, part in enumerate(parts):
        for block in _blocks(part):
            counted = block["units"]["last"] - block["units"]["first"] + 1
            if counted != parse_tonnes(block["quantity"]):
                sentence = (
                    f"{block['serial']} states {block['quantity']} t, which its units do not count."
                )
                return Check(name, False, sentence, f"/issuances/{index}")
        approved = part["approval"]["quantity"]
        issued_units = sum(parse_tonnes(block["quantity"]) for block in _blocks(part))
        if issued_units != parse_tonnes(approved):
            sentence = (
                f"{format_tonnes(issued_units)} t were issued, and {approved} t were approved."
            )
            return Check(name, False, sentence, f"/issuances/{index}/approval/quantity")
    ordered = sorted(
        (block["units"]["first"], block["units"]["last"])
        for part in parts
        for block in _blocks(part)
    )
    if any(before[1] >= after[0] for before, after in pairwise(ordered)):
        return Check(name, False, "Two of its issuances share a unit.", "/issuances")
    approved = ", ".join(f"{part['approval']['quantity']} t" for part in parts)
    sentence = f"No more was issued than was approved: {approved}."
    return Check(name, True, sentence, "/issuances")


def _blocks(part: Part) -> list[Block]:
    return [part["issued"], *([part["buffer"]] if part["buffer"] else [])]


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else join_text(value)
