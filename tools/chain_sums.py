"""
Add up where a registry's units are from the chain alone, and compare with what the registry publishes.

    make chain-sums ARGS="--registry https://registry.example --chain https://cardano-preview.blockfrost.io/api/v0"
    python -m tools.chain_sums --registry ... --chain ... --address addr1...

Trusts nothing of the registry but the list of addresses that it pays from, and with --address not even
that. What somebody else wrote under label 674 does not count: only whoever has the registry's key can pay
from its addresses. Needs no account and no settings, and sends GET requests only.

Exit codes: 0 the sums are the same, 1 they differ, 2 it could not be found out.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from activities.ports.chain.provider import AddressHistory, ChainMisconfigured, ChainUnavailable
from adapters.chain.blockfrost.client import BlockfrostChain
from domain.certificates.check_results import TrustedAddress
from domain.certificates.published_keys import PUBLISHED_AT, read_published
from domain.chain.metadata import records_in
from domain.chain.networks import CardanoNetwork
from domain.chain.transactions import METADATA_LABEL
from domain.credits.chain_sums import ISSUED, RESERVED, ChainSums, Part, ProjectVintage
from domain.quantities import UNITS_PER_TONNE, format_tonnes
from tools.verify import CannotCheck, read_networks

SAME, DIFFER, NOT_COMPARED = 0, 1, 2

CONSERVATION_AT = "/api/v1/registry/conservation"
TIMEOUT_SECONDS = 30.0
REQUESTS_PER_SECOND = 10.0
"""What Blockfrost allows one address on the internet."""

NOT_YET = "What moved in the last minutes may not stand on the chain yet: try again."

Published = Mapping[ProjectVintage, Mapping[str, int]]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    try:
        sums, published = asyncio.run(_read(options))
    except (CannotCheck, ChainUnavailable, ChainMisconfigured) as error:
        print(f"Not compared: {error}", file=sys.stderr)
        return NOT_COMPARED
    return report(sums, _of_project(published, options.project), project=options.project)


async def _read(options: argparse.Namespace) -> tuple[ChainSums, Published]:
    networks = await asyncio.to_thread(read_networks, options.chain, options.project_id)
    chain = BlockfrostChain(
        options.chain, project_id=options.project_id, requests_per_second=REQUESTS_PER_SECOND
    )
    try:
        async with httpx.AsyncClient(base_url=options.registry, timeout=TIMEOUT_SECONDS) as client:
            addresses: Sequence[TrustedAddress] = [TrustedAddress(one) for one in options.address]
            if not addresses:
                addresses = await published_addresses(client)
            sums = await add_up(chain, addresses, networks)
            # After the chain, so that what stood there when it was read is in it.
            return sums, await published_sums(client)
    finally:
        await chain.close()


async def add_up(
    chain: AddressHistory,
    addresses: Sequence[TrustedAddress],
    networks: Sequence[str] | None = None,
) -> ChainSums:
    """
    Read every transaction that one of the addresses paid for, and add up the records in it.

    `networks` are the names that the chain may go by; an address of another network has no say here.

    Raises:
        CannotCheck: no address is left, or the server does not say who paid for a transaction.
        ChainUnavailable, ChainMisconfigured: the server does not answer.
    """
    trusted = {
        one.address: one
        for one in addresses
        if not one.only_by_database
        and (networks is None or one.network is None or one.network in networks)
    }
    if not trusted:
        raise CannotCheck(
            "No address of the registry on this network is known; name one by --address."
        )
    sums, seen = ChainSums(), set[str]()
    for address in trusted:
        for tx_hash in await chain.transactions_of(address):
            if tx_hash not in seen:
                seen.add(tx_hash)
                await _add(sums, chain, tx_hash, trusted, networks)
    return sums


async def _add(
    sums: ChainSums,
    chain: AddressHistory,
    tx_hash: str,
    trusted: Mapping[str, TrustedAddress],
    networks: Sequence[str] | None,
) -> None:
    records = records_in((await chain.metadata(tx_hash)).get(str(METADATA_LABEL)))
    if not records:
        return
    payers = await chain.payers(tx_hash)
    if not payers or not all(payers):
        raise CannotCheck(f"The server does not say who paid for transaction {tx_hash}.")
    ours = [trusted[payer] for payer in payers if payer in trusted]
    if not ours or not await _was_in_use(ours, chain, tx_hash, networks):
        return
    for record in records:
        sums.add(tx_hash, record)


async def _was_in_use(
    payers: Sequence[TrustedAddress],
    chain: AddressHistory,
    tx_hash: str,
    networks: Sequence[str] | None,
) -> bool:
    """Whether one of its payers was the registry's at that time: who has a key that was given up is not."""
    if any(payer.valid_until is None for payer in payers):
        return True
    inclusion = await chain.inclusion(tx_hash)
    if inclusion is None or not networks:
        raise CannotCheck(f"The server does not say when transaction {tx_hash} was written.")
    written_at = _moment(CardanoNetwork(networks[0]), inclusion.slot)
    return any(payer.valid_until and written_at <= payer.valid_until for payer in payers)


def _moment(network: CardanoNetwork, slot: int) -> datetime:
    return network.facts.slot_zero_at + timedelta(seconds=slot)


async def published_addresses(client: httpx.AsyncClient) -> Sequence[TrustedAddress]:
    """
    Raises:
        CannotCheck: the registry does not answer, or not with its list of addresses.
    """
    try:
        return read_published(await _get(client, PUBLISHED_AT)).addresses or ()
    except ValueError as error:
        raise CannotCheck(f"{client.base_url}{PUBLISHED_AT}: {error}.") from None


async def published_sums(client: httpx.AsyncClient) -> Published:
    """
    What the registry says of each project and vintage, in units of 0.01 t.

    Raises:
        CannotCheck: the registry does not answer, or not with its sums.
    """
    answer = await _get(client, CONSERVATION_AT)
    try:
        return {
            (str(part["projectId"]), int(part["vintage"])): {
                # A registry of before ADR 0092 has nothing set aside.
                RESERVED: _units(part.get(RESERVED, "0.00")),
                **{name: _units(part[name]) for name in (ISSUED, *Part)},
            }
            for part in answer["data"]["parts"]
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CannotCheck(
            f"{client.base_url} does not answer with its sums ({type(error).__name__})."
        ) from None


def _units(tonnes: str) -> int:
    """Of a sum, which may be nothing; a quantity may not."""
    whole, point, decimals = tonnes.partition(".")
    if not (whole.isdecimal() and point and decimals.isdecimal() and len(decimals) == 2):  # noqa: PLR2004 -- hundredths
        raise ValueError(f"{tonnes!r} is no sum")
    return int(whole) * UNITS_PER_TONNE + int(decimals)


async def _get(client: httpx.AsyncClient, path: str) -> Any:
    try:
        answer = await client.get(path)
        if answer.status_code != httpx.codes.OK:
            raise CannotCheck(f"{client.base_url} answers {path} with {answer.status_code}.")
        return answer.json()
    except httpx.HTTPError as error:
        raise CannotCheck(f"{client.base_url} cannot be reached: {type(error).__name__}.") from None
    except ValueError:
        raise CannotCheck(f"{client.base_url} answers {path} with no JSON.") from None


def report(sums: ChainSums, published: Published, *, project: UUID | None = None) -> int:
    """Print the sums of the chain and each difference, and answer with the exit code."""
    chosen = ChainSums(dict(_of_project(sums.units, project)))
    print(f"{sums.records:,} movements read from the chain")
    for (project_id, vintage), units in sorted(chosen.units.items()):
        parts = ", ".join(
            f"{name} {format_tonnes(max(units[name], 0))}" for name in (ISSUED, *Part)
        )
        print(f"    {project_id} {vintage}: {parts}")
    if sums.unknown:
        for sentence in sums.unknown:
            print(f"    {sentence}")
        print("Not compared: a newer version of this program knows these records.", file=sys.stderr)
        return NOT_COMPARED
    found = [*sums.faults, *chosen.compare(published)]
    print(f"differences: {len(found):,}")
    for sentence in found:
        print(f"    {sentence}")
    if found:
        print(f"The chain and the published sums DIFFER. {NOT_YET}")
        return DIFFER
    print("The chain and the published sums are the same.")
    return SAME


def _of_project(units: Mapping[ProjectVintage, Any], project: UUID | None) -> Mapping[Any, Any]:
    return {key: one for key, one in units.items() if project is None or key[0] == str(project)}


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.chain_sums",
        description="Add up a registry's units from label 674 alone, and compare with what it publishes.",
        epilog="Exit codes: 0 the same, 1 they differ, 2 it could not be found out.",
    )
    parser.add_argument("--registry", required=True, metavar="URL", help="where its pages begin")
    parser.add_argument(
        "--chain",
        required=True,
        metavar="URL",
        help="a Blockfrost-compatible server, with its version prefix",
    )
    parser.add_argument(
        "--project-id",
        metavar="ID",
        default=os.environ.get("BLOCKFROST_PROJECT_ID"),
        help="the server's project id (default: the environment's BLOCKFROST_PROJECT_ID)",
    )
    parser.add_argument(
        "--address",
        metavar="ADDRESS",
        action="append",
        default=[],
        help="an address the registry pays from, learnt some other way, in place of its own list",
    )
    parser.add_argument(
        "--project", type=UUID, metavar="UUID", help="of one project of the registry alone"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
