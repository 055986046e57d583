"""
The checks of one certified credit against the chain: the network, its transaction, its record, its payer.

Each speaks of one `chain` part of the certificate; `certificate_checks.py` makes them for every part.
"""

from collections.abc import Collection, Sequence
from typing import Any

from domain.certificates.check_results import ChainFacts, Check, Document, TrustedAddress
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED
from domain.chain.metadata import differences, find_record, same_credit
from domain.chain.networks import CardanoNetwork

NOT_QUERIED = "the chain was not asked"
BEYOND_HISTORY = (
    "this server does not keep the history in which the transaction is said to stand; ask one that"
    " keeps more"
)
PAYER_UNKNOWN = (
    "Not checked: this server does not show whose outputs the transaction spent; ask one that keeps"
    " more of the chain."
)


def check_network(chain: Document, networks: Collection[str] | None, unasked: str) -> Check:
    """`networks` are the names that the chain that was asked may go by; None when it gave none."""
    name, pointer, stated = "network", "/network", printable_network(chain)
    if (chain["network"] == CardanoNetwork.MAINNET) != chain["platformAddress"].startswith("addr1"):
        return Check(
            name, False, f"The address stated does not belong to Cardano {stated}.", pointer
        )
    if networks is None:
        return Check(name, None, f"Not checked: {unasked}.", pointer)
    if chain["network"] not in networks:
        asked = " or ".join(networks) or "a network of another name"
        return Check(
            name, False, f"It speaks of Cardano {stated}, but the chain asked is {asked}.", pointer
        )
    test = "" if stated == CardanoNetwork.MAINNET else ", a test network"
    return Check(name, True, f"The chain asked is the one it speaks of: {stated}{test}.", pointer)


def check_transaction(chain: Document, facts: ChainFacts | None, unasked: str) -> Check:
    name, pointer = "transaction", "/txHash"
    if facts is None or facts.is_beyond_history:
        return Check(name, None, _not_checked(facts, unasked), pointer)
    found = facts.inclusion
    if found is None or found.tx_hash != chain["txHash"]:
        return Check(
            name,
            False,
            f"The transaction is not on this chain (the certificate says {printable_network(chain)}). "
            "It never was, or the chain was reorganised after sealing and it is not there any more; "
            "then the registry has sealed the certificate again.",
            pointer,
        )
    if found.confirmations < CONFIRMATIONS_REQUIRED:
        return Check(
            name,
            False,
            f"Only {found.confirmations} blocks stand on top of the transaction; "
            f"{CONFIRMATIONS_REQUIRED} are needed. Try again in a few minutes.",
            pointer,
        )
    where = f"block {found.block_height}, with {found.confirmations} blocks on top"
    if found.block_hash != chain["blockHash"]:
        return Check(
            name,
            True,
            f"The transaction is in {where}; another block than stated holds it now, "
            "because the chain was reorganised after sealing.",
            pointer,
        )
    if (found.block_height, found.slot) != (chain["blockHeight"], chain["slot"]):
        sentence = "The block stated has another height or slot on the chain."
        return Check(name, False, sentence, "/blockHeight")
    return Check(name, True, f"The transaction is in {where}, as stated.", pointer)


def check_chain_record(chain: Document, facts: ChainFacts | None, unasked: str) -> Check:
    name, pointer, label = "chain record", "/record", chain["label"]
    if facts is None or facts.is_beyond_history:
        return Check(name, None, _not_checked(facts, unasked), pointer)
    if facts.inclusion is None:
        sentence = "There is no transaction whose metadata could be compared."
        return Check(name, False, sentence, pointer)
    fault = record_fault(facts.payload, chain["record"])
    if fault is not None:
        return Check(name, False, f"The metadata on the chain (label {label}) {fault}.", pointer)
    return Check(
        name,
        True,
        f"The metadata on the chain (label {label}) holds this record, field by field.",
        pointer,
    )


def record_fault(payload: Any, record: Document) -> str | None:
    """
    What keeps a transaction's metadata from being proof of the record; None when it is.

    The record stands there whole and once. No other of the same kind may speak of its serial: a
    serial is retired once, so two of them contradict each other, whichever comes first.
    """
    found = find_record(payload, record)
    if found is None:
        return "does not hold this record"
    differing = differences(record, found)
    if differing:
        return f"does not hold this record: {'; '.join(differing)}"
    claims = same_credit(payload, record)
    if len(claims) > 1:
        return f"holds {len(claims)} such records of one serial, which is retired once"
    return None


def check_payer(
    chain: Document,
    facts: ChainFacts | None,
    trusted_addresses: Collection[TrustedAddress] | None,
    unasked: str,
) -> Check:
    name, pointer, address = "payer", "/platformAddress", chain["platformAddress"]
    published = _published(chain, trusted_addresses)
    if published == []:
        sentence = "The address stated is not one of the registry's addresses on that network."
        return Check(name, False, sentence, pointer)
    if facts is None or facts.is_beyond_history:
        return Check(name, None, _not_checked(facts, unasked), pointer)
    is_unknown = facts.inclusion is not None and not facts.knows_all_payers
    if is_unknown and set(facts.paid_by) <= {address, ""}:
        return Check(name, None, PAYER_UNKNOWN, pointer)
    if set(facts.paid_by) != {address}:
        sentence = "The transaction was not paid by the address stated."
        return Check(name, False, sentence, pointer)
    if published is None:
        return Check(name, True, "The transaction was paid by the address stated.", pointer)
    return _check_time(published, facts)


def _not_checked(facts: ChainFacts | None, unasked: str) -> str:
    return f"Not checked: {unasked if facts is None else BEYOND_HISTORY}."


def _check_time(published: Sequence[TrustedAddress], facts: ChainFacts) -> Check:
    """Whether the address that paid was the registry's own when it did."""
    name, pointer = "payer", "/platformAddress"
    settled = [one for one in published if not one.only_by_database]
    if not settled:
        sentence = (
            "Not checked: that the address is the registry's own, only its database says;"
            " whoever deploys the registry has not published it."
        )
        return Check(name, None, sentence, pointer)
    if facts.block_time and all(
        one.valid_until is not None and one.valid_until < facts.block_time for one in settled
    ):
        sentence = "The registry had given up this address before the transaction."
        return Check(name, False, sentence, pointer)
    sentence = "The transaction was paid by one of the registry's addresses."
    return Check(name, True, sentence, pointer)


def _published(
    chain: Document, trusted_addresses: Collection[TrustedAddress] | None
) -> list[TrustedAddress] | None:
    if trusted_addresses is None:
        return None
    return [
        one
        for one in trusted_addresses
        if one.address == chain["platformAddress"] and one.network in {None, chain["network"]}
    ]


def printable_network(chain: Document) -> str:
    """The network's name as far as it is safe to print: it is the certificate's own text."""
    network = str(chain["network"])
    return network if network.isascii() and network.isalnum() else "another network"
