"""Rounds: each thing and its ceilings by turns, so that a busy minute of the machine hits them alike."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pydantic import BaseModel

from bench.loads.sample import Sample
from bench.measurement import Spread

# A load ends by itself; this much longer than it should last means that it hangs.
_LIMIT_SECONDS = 90


class LoadFailed(Exception):
    """A call did not come out as it must; the message is the end of what the load said."""


async def run_load(module: str, load: BaseModel, environment: Mapping[str, str]) -> Sample:
    """
    Run a module of bench/loads/ in a process of its own.

    Raises:
        LoadFailed: it ended with an error, or not in time.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            said, errors = await process.communicate(load.model_dump_json().encode())
    except TimeoutError:
        raise LoadFailed(f"{module} did not end within {_LIMIT_SECONDS} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise LoadFailed(f"{module}: {errors.decode(errors='replace')[-1500:]}")
    return Sample.model_validate_json(said)


async def by_turns(
    things: Mapping[str, Callable[[], Awaitable[Sample]]], *, rounds: int
) -> dict[str, list[Sample]]:
    """Every thing once in each round, in the order given; says each result as it comes."""
    samples: dict[str, list[Sample]] = {name: [] for name in things}
    for number in range(1, rounds + 1):
        for name, take in things.items():
            sample = await take()
            samples[name].append(sample)
            print(
                f"  round {number} of {rounds}: {name}: {sample.per_second:,.1f}/s, "
                f"p95 {sample.p95_ms:.1f} ms ({sample.calls} calls)",
                flush=True,
            )
    return samples


def spread(samples: Sequence[Sample], figure: str) -> Spread:
    """One field of `Sample` over the rounds."""
    return Spread.of([getattr(sample, figure) for sample in samples])


def share_of(ours: Sequence[Sample], ceiling: Sequence[Sample]) -> Spread:
    """Our calls per second as a share of the ceiling's, round by round."""
    return Spread.of(
        [mine.per_second / top.per_second for mine, top in zip(ours, ceiling, strict=True)]
    )


def figures(samples: Mapping[str, Sequence[Sample]]) -> dict[str, object]:
    """Every sample of every round, for the JSON."""
    return {name: [sample.model_dump() for sample in taken] for name, taken in samples.items()}


def cells(samples: Sequence[Sample]) -> list[str]:
    """One row of a table, in the order of `COLUMNS`."""
    return [
        spread(samples, "per_second").text(1),
        spread(samples, "p50_ms").text(1),
        spread(samples, "p95_ms").text(1),
        spread(samples, "p99_ms").text(1),
        spread(samples, "client_cpu").text(2),
    ]


COLUMNS = ("calls/s", "p50 ms", "p95 ms", "p99 ms", "load's CPU, cores")
