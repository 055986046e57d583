"""
Recompute the audit log's chain of hashes, and compare it with its anchors on Cardano and with the issuances.

    make verify-audit
    make verify-audit ARGS="--url https://registry.example --provider https://.../api/v0"

Without --url it reads the database (DATABASE_URL) as it is at one moment; with it, what the
registry shows to everybody. Anchors are read from the provider, never from the registry, which
only says where to look; with --address they are looked for in all transactions that the platform's
addresses paid for, so that the registry cannot leave one out.

Every issuance must be in the log, once, and be what the log says was approved. From outside, where
the registry shows no single issuance, no more may be issued in total than the log tells of.

Exit codes: 0 the log holds, 1 it does not, 2 it could not be checked.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

import httpx
from sqlalchemy.exc import DBAPIError

from activities.chain.metadata_view import TransactionMissing, shown_payload
from activities.ports.chain.provider import (
    UNKNOWN_PAYER,
    AddressHistory,
    ChainMisconfigured,
    ChainUnavailable,
)
from adapters.chain.providers import OpenChain
from adapters.settings import Settings, load_settings
from domain.audit.archives import AuditArchive
from domain.audit.check import Anchor, AuditCheck, Link, NamedAnchor, found_anchor
from domain.audit.issuances import IssuanceAudit, LedgerIssuance
from domain.audit.log import AuditHead
from domain.chain.metadata import audit_anchors
from tools.audit_sources import CannotRead, kept_log, public_log
from tools.chains import chain_for
from tools.running_stack import use_running_stack

HOLDS, DOES_NOT_HOLD, NOT_CHECKED = 0, 1, 2
SHOWN_MAX = 20
PROGRESS_ENTRIES = 10_000
LOOK_AGAIN_SECONDS = 2.0


class AuditLogSource(Protocol):
    """The log at one moment. Ask in this order: a log that grows meanwhile then shows no gap."""

    async def anchors(self) -> Sequence[NamedAnchor]: ...

    async def issued(self) -> Sequence[LedgerIssuance] | int:
        """What the ledger issued, in single rows or, from outside, as a sum of units."""

    async def archives(self) -> Sequence[AuditArchive]:
        """Months that left the database, in order; the links begin after them."""

    async def head(self) -> AuditHead: ...

    def links(self, head: AuditHead) -> AsyncIterator[Link]:
        """All links up to the head, in order."""


@dataclass
class AuditFindings:
    """What was counted, and the sentences of each check that failed."""

    entries: int = 0
    not_recomputed: int = 0
    anchored: Sequence[Anchor] = ()
    archived: int = 0
    waiting: int = 0
    broken: list[str] = field(default_factory=list)
    anchors_broken: list[str] = field(default_factory=list)
    issuances_broken: list[str] = field(default_factory=list)
    anchors_unread: str | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    settings = load_settings()
    options = _options(settings).parse_args(arguments)
    began = time.monotonic()
    chain = chain_for(settings.chain, options.provider)
    try:
        findings = asyncio.run(_verify_and_close(_log(options), chain, options.address))
    except (OSError, DBAPIError, httpx.HTTPError, CannotRead) as error:
        print(f"The audit log cannot be read: {error}", file=sys.stderr)
        return NOT_CHECKED
    return report(findings, time.monotonic() - began)


async def _verify_and_close(
    opened: AbstractAsyncContextManager[AuditLogSource],
    chain: OpenChain,
    addresses: Sequence[str],
) -> AuditFindings:
    try:
        async with opened as log:
            return await verify(log, chain, addresses)
    finally:
        await chain.close()


async def verify(
    log: AuditLogSource,
    chain: AddressHistory,
    addresses: Sequence[str] = (),
    *,
    look_again_seconds: float = LOOK_AGAIN_SECONDS,
) -> AuditFindings:
    """Read the anchors, then walk the log once from its beginning."""
    findings = AuditFindings()
    named = await log.anchors()
    findings.waiting = sum(not anchor.is_due for anchor in named)
    try:
        findings.anchored = await _read_anchors(
            findings, chain, named, addresses, look_again_seconds
        )
    except (ChainUnavailable, ChainMisconfigured) as error:
        findings.anchors_unread = str(error)
    issued = await log.issued()
    head = await log.head()
    check, audited = AuditCheck(findings.anchored), IssuanceAudit()
    for archive in await log.archives():
        findings.broken += check.pass_over(archive)
        for fact in archive.facts():
            audited.add(fact)
    findings.archived = check.archived
    async for link in log.links(head):
        findings.broken += check.faults(link)
        audited.add(link.fact)
        findings.entries += 1
        if findings.entries % PROGRESS_ENTRIES == 0:
            print(f"  {findings.entries:,} entries …", file=sys.stderr)
    findings.broken += check.faults_at_end(head)
    findings.not_recomputed = check.not_recomputed
    if not isinstance(issued, int):
        findings.issuances_broken += audited.faults(issued)
    elif not check.not_recomputed:
        # Entries of hash version 1 disclose nothing, so that the sum would be short of theirs.
        findings.issuances_broken += audited.faults_of_total(issued)
    return findings


async def _read_anchors(
    findings: AuditFindings,
    chain: AddressHistory,
    named: Sequence[NamedAnchor],
    addresses: Sequence[str],
    look_again_seconds: float,
) -> Sequence[Anchor]:
    found: dict[str, Sequence[Anchor]] = {}
    for anchor in named:
        if not anchor.is_due or anchor.tx_hash is None:
            continue
        try:
            payload = await shown_payload(chain, anchor.tx_hash, pause_seconds=look_again_seconds)
        except TransactionMissing:
            await _require_whole_history(chain)
            findings.anchors_broken.append(
                f"The anchor of entry {anchor.seq} is said to stand in transaction "
                f"{anchor.tx_hash}, which the chain does not show."
            )
            continue
        found[anchor.tx_hash] = _anchors_in(payload, anchor.tx_hash)
        findings.anchors_broken += _unlike(anchor, found[anchor.tx_hash])
    for address in addresses:
        for tx_hash in await chain.transactions_of(address):
            if tx_hash not in found:
                found[tx_hash] = await _own_anchors(chain, tx_hash, addresses, look_again_seconds)
    return [anchor for anchors in found.values() for anchor in anchors]


async def _own_anchors(
    chain: AddressHistory, tx_hash: str, addresses: Sequence[str], look_again_seconds: float
) -> Sequence[Anchor]:
    """Anybody may pay to our address and write what looks like an anchor beside it; that counts for nothing."""
    try:
        payload = await shown_payload(chain, tx_hash, pause_seconds=look_again_seconds)
    except TransactionMissing:
        return ()
    anchors = _anchors_in(payload, tx_hash)
    if not anchors:
        return ()
    payers = await chain.payers(tx_hash)
    if not set(addresses).isdisjoint(payers):
        return anchors
    if UNKNOWN_PAYER in payers:
        # It may be ours: taken for a stranger's, an anchor that contradicts the log would be left out.
        raise ChainUnavailable(f"the provider does not show who paid for {tx_hash}")
    return ()


async def _require_whole_history(chain: AddressHistory) -> None:
    """
    Raises:
        ChainUnavailable: what this provider does not show may only be older than what it keeps.
    """
    if not await chain.shows_height(1):
        raise ChainUnavailable("the provider keeps only a part of the chain's history")


def _anchors_in(payload: object, tx_hash: str) -> Sequence[Anchor]:
    anchors = [found_anchor(record, tx_hash) for record in audit_anchors(payload)]
    return [anchor for anchor in anchors if anchor is not None]


def _unlike(named: NamedAnchor, found: Sequence[Anchor]) -> list[str]:
    if any((anchor.seq, anchor.hash) == (named.seq, named.hash) for anchor in found):
        return []
    shown = ", ".join(f"entry {anchor.seq} with hash {anchor.hash}" for anchor in found)
    return [
        (
            f"Transaction {named.tx_hash} is said to anchor entry {named.seq} with hash {named.hash}; "
            f"on the chain it anchors {shown or 'nothing'}."
        )
    ]


def report(findings: AuditFindings, seconds: float) -> int:
    """Print each check, name what differs, and answer with the exit code."""
    newest = max((anchor.seq for anchor in findings.anchored), default=0)
    print(
        f"{findings.entries:,} entries and {len(findings.anchored):,} anchors read in {seconds:.1f} s"
    )
    _print_check(
        "every entry follows the one before, and has the hash of its content", findings.broken
    )
    _print_check(
        "what was issued is what the log tells of issuances and approvals",
        findings.issuances_broken,
    )
    if findings.anchors_unread is None:
        _print_check(
            "the chain shows every anchor that the registry names", findings.anchors_broken
        )
        print(f"  anchored up to entry {newest:,}; anchors on their way: {findings.waiting:,}")
    else:
        print(f"- the anchors could not be read: {findings.anchors_unread}")
    if findings.archived:
        print(
            f"  {findings.archived:,} entries are archived: their place in the chain and their anchors "
            "were checked, and their files have the content"
        )
    if findings.not_recomputed:
        print(
            f"  {findings.not_recomputed:,} entries are of hash version 1: only their places in the "
            "chain could be checked from outside"
        )
    if findings.broken or findings.anchors_broken or findings.issuances_broken:
        print("The audit log does NOT hold.")
        return DOES_NOT_HOLD
    if findings.anchors_unread is not None:
        print("The hashes agree, but nothing was compared with the chain.")
        return NOT_CHECKED
    print("The audit log holds.")
    return HOLDS


def _print_check(name: str, faults: Sequence[str]) -> None:
    print(f"{'✗' if faults else '✓'} {name}")
    for fault in faults[:SHOWN_MAX]:
        print(f"    {fault}")
    if len(faults) > SHOWN_MAX:
        print(f"    and {len(faults) - SHOWN_MAX:,} more")


def _log(options: argparse.Namespace) -> AbstractAsyncContextManager[AuditLogSource]:
    if options.url is not None:
        return public_log(options.url)
    return kept_log(options.database_url)


def _options(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify_audit",
        description="Recompute the audit log and compare it with its anchors on Cardano.",
        epilog="Exit codes: 0 the log holds, 1 it does not, 2 it could not be checked.",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--url", metavar="URL", help="a registry's address; reads what is public")
    source.add_argument(
        "--database-url",
        metavar="URL",
        default=settings.database.database_url.get_secret_value(),
        help="default: the setting DATABASE_URL",
    )
    parser.add_argument(
        "--provider",
        metavar="URL",
        help="a Blockfrost-compatible server, with its version prefix (default: the settings')",
    )
    parser.add_argument(
        "--address",
        metavar="ADDRESS",
        action="append",
        default=[],
        help="look for anchors in all transactions of this platform address; may be repeated",
    )
    return parser


if __name__ == "__main__":
    use_running_stack()
    sys.exit(main())
