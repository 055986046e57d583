"""What the API and the worker hold in memory once the loads are over."""

from bench.measurement import Section
from devstack.memory import resident_megabytes
from devstack.stack import Stack

LIMITS_MEGABYTES = {"api": 180, "worker": 180}


def memory_section(stack: Stack, *, after: list[str]) -> Section:
    """`after` names the loads that have run on this stack."""
    held = {name: resident_megabytes(pid) for name, pid in stack.pids.items()}
    return Section(
        title="Memory of the processes",
        method=f"""
        Resident set after the loads above ({", ".join(after)}). The limits are those set for the
        end of `make demo`, which prints the same numbers for itself.
        """,
        columns=["", "MB", "limit, MB"],
        rows=[[name, f"{held[name]:.0f}", str(limit)] for name, limit in LIMITS_MEGABYTES.items()],
        figures=dict(held),
    )
