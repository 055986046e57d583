"""The stack that measurements share: started when the first one asks, and populated once."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.population import Population, populate
from bench.registries import Registry, generated_registry
from devstack.stack import Stack, StackOptions, running_stack

PROJECTS = 300
ENTRIES_PER_PROJECT = 40
BLOCK_SECONDS = 1.0
SIZES, LARGE_SIZES = (1_000, 10_000), (1_000, 100_000, 1_000_000)
ENVIRONMENT = {
    # What is measured is the registry, not its limits; signing in is not measured at all.
    "RATE_LIMIT_PER_USER_PER_MINUTE": "100000000",
    "RATE_LIMIT_PER_ADDRESS_PER_MINUTE": "100000000",
    "RATE_LIMIT_ANNOUNCEMENTS_PER_MINUTE": "100000000",
    "BCRYPT_COST": "4",
}


@dataclass(frozen=True)
class LoadOptions:
    """Of the measurement `load`: how large the registry is, requests/s, and for how long each way of asking is tried."""

    entries: int = 1_000_000
    rate: int = 1_000
    seconds: float = 300


class BenchStack:
    """
    `data_dir` is this run's own folder; everything started is ended with `parts`.

    `large` asks for measurements with a million entries too, which take many minutes.
    """

    def __init__(
        self,
        data_dir: Path,
        parts: AsyncExitStack,
        *,
        large: bool = False,
        load: LoadOptions | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.large = large
        self.load = load or LoadOptions()
        self.parts = parts
        self._stack: Stack | None = None
        self._population: Population | None = None
        self._registries: dict[int, Registry] = {}
        self.generated: list[str] = []

    @property
    def started(self) -> Stack | None:
        return self._stack

    async def stack(self) -> Stack:
        if self._stack is None:
            print("Starting the stack", flush=True)
            options = StackOptions(block_seconds=BLOCK_SECONDS, environment=ENVIRONMENT, quiet=True)
            self._stack = await self.parts.enter_async_context(
                running_stack(self.data_dir / "stack", options)
            )
        return self._stack

    async def population(self) -> Population:
        if self._population is None:
            stack = await self.stack()
            self._population = await populate(
                stack.database_url, projects=PROJECTS, entries_per_project=ENTRIES_PER_PROJECT
            )
        return self._population

    async def registries(self) -> dict[int, Registry]:
        """Generated ones, by their number of credit entries; `generated` tells how fast."""
        if not self._registries:
            stack = await self.stack()
            for entries in LARGE_SIZES if self.large else SIZES:
                print(f"Generating {entries:,} entries", flush=True)
                registry, generated = await generated_registry(
                    stack, self.data_dir, f"bench_{entries}", entries
                )
                self.generated.append(generated.text())
                self._registries[entries] = registry
        return self._registries
