"""Retiring and transferring 0.01 t over HTTP and Temporal, beside an empty update."""

from functools import partial

from bench.bench_stack import BLOCK_SECONDS, BenchStack
from bench.call_loads import (
    CallLoads,
    chain_at_rest,
    empty_update_worker,
    seconds_until_sealed,
)
from bench.loads.sample import Pace, Sample
from bench.measurement import Measurement, Section
from bench.population import HOLDERS
from bench.rounds import COLUMNS, by_turns, cells, figures, share_of

ROUNDS = 3
PACE = Pace(connections=8, warm_up_seconds=1, seconds=3.5, most_calls=5_000)
# The wallet writes one transaction for each record: enough to see, few enough to wait for.
AT_WORK_PACE = Pace(connections=8, warm_up_seconds=1, seconds=10, most_calls=40)
AT_WORK_HOLDINGS = 100
SEALED_LIMIT_SECONDS = 60
TARGET = 0.5
RETIRE, TRANSFER = "retire call", "transfer call"
TRANSACTION, UPDATE = "bare transaction", "empty update"


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    loads = await CallLoads.prepared(stack, await bench.population())
    at_work = await loads.retire_call(AT_WORK_PACE, calls=AT_WORK_HOLDINGS)
    sealed_seconds = await seconds_until_sealed(stack, limit_seconds=SEALED_LIMIT_SECONDS)
    async with chain_at_rest(stack), empty_update_worker(stack):
        things = {
            RETIRE: partial(loads.retire_call, PACE),
            TRANSFER: partial(loads.transfer_call, PACE),
            TRANSACTION: partial(loads.bare_transaction, PACE),
            UPDATE: partial(loads.empty_update, PACE),
        }
        samples = await by_turns(things, rounds=ROUNDS)
    return _section(samples, at_work, sealed_seconds)


MEASUREMENT = Measurement("calls", measure)


def _section(
    samples: dict[str, list[Sample]], at_work: Sample, sealed_seconds: float | None
) -> Section:
    retire, transfer, update = samples[RETIRE], samples[TRANSFER], samples[UPDATE]
    return Section(
        title="Ledger calls: `POST /api/v1/credits/{serial}/retire` and `/transfer` of 0.01 t",
        method=f"""
        {PACE.connections} kept-alive connections in a closed loop; {HOLDERS} holders; each call
        retires from an entry of its own, which splits it, with an idempotency key, or transfers
        from one to another holder, named by e-mail, who then gets a mail. One API process, one
        worker, Temporal with its SQLite file, PostgreSQL with fsync; all of them, and the load,
        share the machine.

        The empty update is an update-with-start whose handler runs a local activity that does
        nothing, on a worker process and a task queue of its own, from a client as in the API.

        The bare transaction is the use case `retire_units` called directly in one process, with as
        many transactions at once: all its statements, without HTTP, sign-in, idempotency key, draft
        and workflow. The use cases alone, transfers too, are measured in the next section.

        {ROUNDS} rounds by turns of {PACE.seconds} s after {PACE.warm_up_seconds:.0f} s of warm-up.
        Meanwhile the chain's provider turns the wallet away, so that records are queued but no
        round works off another's. The first row is measured before that: {at_work.calls} calls
        while the wallet sends a transaction for each record (blocks every {BLOCK_SECONDS:.0f} s).
        """,
        columns=["", *COLUMNS],
        rows=[
            ["retire call, the wallet at work", *cells([at_work])],
            [RETIRE, *cells(retire)],
            [TRANSFER, *cells(transfer)],
            ["ceiling: an empty update-with-start", *cells(update)],
            [f"{RETIRE}: share of the empty update, at least {TARGET}", _share(retire, update)],
            [f"{TRANSFER}: share of the empty update, at least {TARGET}", _share(transfer, update)],
            [f"ceiling of the {RETIRE}: its bare transaction", *cells(samples[TRANSACTION])],
            [f"{RETIRE}: share of its bare transaction", _share(retire, samples[TRANSACTION])],
        ],
        remarks=[_sealed(sealed_seconds)],
        figures={
            **figures(samples),
            "wallet at work": at_work.model_dump(),
            "sealed seconds": sealed_seconds,
        },
    )


def _share(ours: list[Sample], ceiling: list[Sample]) -> str:
    return share_of(ours, ceiling).text(3)


def _sealed(seconds: float | None) -> str:
    if seconds is None:
        return (
            "The certificates of the first row's retirements were not all sealed within "
            f"{SEALED_LIMIT_SECONDS} s."
        )
    return (
        f"The certificates of the first row's retirements were all sealed {seconds:.0f} s after the "
        "last call, six confirmations included."
    )
