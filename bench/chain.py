"""A backlog of records on its way to the chain, beside packing the same bytes with no protocol at all."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Any

from cbor2 import dumps

from bench.bench_stack import ENVIRONMENT, BenchStack
from bench.chain_loads import Block, ChainLoads, Sent
from bench.measurement import Measurement, Section, Spread
from bench.population import populate
from devstack.stack import StackOptions, running_stack

RECORDS = 2_000
ALONE = 5
BLOCK_BYTES = 90_112
CARDANO_BLOCK_SECONDS = 20
BLOCK_SECONDS = 5.0
POLL_SECONDS = 10 * BLOCK_SECONDS / CARDANO_BLOCK_SECONDS
REQUESTS_PER_SECOND = 8
"""What the settings allow a worker at a hosted provider."""

CONFIRMATIONS = 6
SEALED_SECONDS_MAX = 300
BLOCKS_MAX = 150
LOVELACE = 1_000_000


async def measure(bench: BenchStack) -> Section:
    options = StackOptions(
        block_seconds=0,
        environment={
            **ENVIRONMENT,
            "CHAIN_POLL_SECONDS": str(POLL_SECONDS),
            "BLOCKFROST_REQUESTS_PER_SECOND": str(REQUESTS_PER_SECOND),
        },
        quiet=True,
    )
    async with AsyncExitStack() as parts:
        # A stack of its own: here blocks come when this measurement says so.
        stack = await parts.enter_async_context(running_stack(bench.data_dir / "chain", options))
        population = await populate(stack.database_url, projects=70, entries_per_project=30)
        loads = ChainLoads(stack, population, block_seconds=BLOCK_SECONDS)
        records = await loads.backlog(RECORDS)
        tip = await loads.mine()
        requests, cpu = await loads.provider_requests(), loads.worker_cpu_seconds()
        await loads.wake()
        blocks = await loads.mine_until_confirmed(blocks_max=BLOCKS_MAX)
        confirmed_requests = await loads.provider_requests() - requests
        sealing = await loads.seconds_until_sealed(limit_seconds=SEALED_SECONDS_MAX)
        requests = await loads.provider_requests() - requests
        cpu = loads.worker_cpu_seconds() - cpu
        sent = await loads.sent()
        alone = []
        for _ in range(ALONE):
            await loads.into_blocks()
            alone.append(await loads.seconds_to_submit())
        await loads.into_blocks()
        single = next(one for one in await loads.sent() if one.records == 1)
    return _section(
        records, tip, blocks, sent, (confirmed_requests, requests), sealing, cpu, alone, single
    )


MEASUREMENT = Measurement("chain", measure)


def filled_without_protocol(sizes: Sequence[int], capacity: int) -> list[tuple[int, int]]:
    """Put things into bins in their order; how many, and how many bytes, each bin holds."""
    bins = [(0, 0)]
    for size in sizes:
        count, filled = bins[-1]
        if filled + size > capacity:
            bins.append((1, size))
        else:
            bins[-1] = (count + 1, filled + size)
    return bins


def _section(
    records: Sequence[dict[str, Any]],
    tip: Block,
    blocks: Sequence[Block],
    sent: Sequence[Sent],
    requests: tuple[int, int],
    sealing: float,
    cpu: float,
    alone: Sequence[float],
    single: Sent,
) -> Section:
    holding = [block for block in blocks if block.transactions]
    full = holding[:-1]
    sizes = [len(dumps(record)) for record in records]
    packed = filled_without_protocol(sizes, BLOCK_BYTES)[:-1]
    in_full = {block.height for block in full}
    ours = sum(one.records for one in sent if one.block_height in in_full) / len(full)
    ceiling = sum(count for count, _ in packed) / len(packed)
    filled = sum(block.size_bytes for block in full) / (len(full) * BLOCK_BYTES)
    ceiling_filled = sum(size for _, size in packed) / (len(packed) * BLOCK_BYTES)
    first = min(sent, key=lambda one: one.built_at)
    earliest = tip.height + 1 + CONFIRMATIONS
    earliest_at = next(block.mined_at for block in blocks if block.height == earliest)
    late = (first.confirmed_at - earliest_at) / BLOCK_SECONDS
    fees = sum(one.fee_lovelace for one in sent) / len(records) / LOVELACE
    spread = Spread.of(alone)
    return Section(
        title=f"A backlog of {len(records):,} records, onto the chain",
        method=f"""
        {len(records):,} retirements with reasons of 25 to 95 characters are made through the API while the
        wallet is frozen, and then it is resumed; the devnet judges every transaction by the ledger rules. Cardano
        makes a block every 20 s on average. Here a block is made every {BLOCK_SECONDS:.0f} s, 20 slots later
        than the one before, and the follower looks every {POLL_SECONDS:.1f} s instead of every 10: all of the
        chain's times are a quarter, ours are not, so "in blocks" is on the strict side. The
        worker asks its provider {REQUESTS_PER_SECOND} times a second at most, as a hosted one allows. Each retirement's
        workflow is told of its confirmation, and seals its certificate meanwhile. Full blocks are those before the last one
        that holds any.

        The ceiling is no protocol at all: the CBOR of the same records, in the same order, laid into
        {BLOCK_BYTES:,} bytes a block until the next one does not fit. The theoretical minimum is
        the next block and six on top. Requests are those the devnet counted until every
        certificate was sealed, with all that following asks. CPU is the worker's. One record alone: a
        retirement through the API while nothing else is on its way, from the request to the node's
        yes; {ALONE} times.
        """,
        columns=["", "ours", "ceiling", "share"],
        rows=[
            [
                "share of the bytes of full blocks",
                f"{filled:.3f}",
                f"{ceiling_filled:.3f}",
                f"**{filled / ceiling_filled:.3f}** (target 0.9)",
            ],
            ["records per full block", f"{ours:.1f}", f"{ceiling:.1f}", f"{ours / ceiling:.3f}"],
            ["records per transaction", f"{len(records) / len(sent):.1f}"],
            ["blocks that hold them", str(len(holding)), str(len(packed) + 1)],
            ["first batch confirmed, blocks after the minimum", f"{late:.2f} (target 1)"],
            [
                "provider requests per record, until all are sealed",
                f"{requests[1] / len(records):.3f} (target 0.2)",
            ],
            ["of these until all are confirmed", f"{requests[0] / len(records):.3f}"],
            ["last certificate sealed, s after the last confirmation", f"{sealing:.0f}"],
            ["worker's CPU per record, sealing included, ms", f"{1_000 * cpu / len(records):.1f}"],
            ["fees per record, ADA", f"{fees:.4f}"],
            ["one record alone: s from request to node", f"{spread.text(2)} (target 1)"],
            ["one record alone: fee, ADA", f"{single.fee_lovelace / LOVELACE:.4f}"],
        ],
        figures={
            "blocks": [asdict(block) for block in blocks],
            "transactions": [asdict(one) for one in sent],
            "requests": list(requests),
            "seconds_until_sealed": sealing,
            "cpu_seconds": cpu,
            "seconds_to_submit": list(alone),
        },
    )
