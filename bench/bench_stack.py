"""The stack that measurements share: started when the first one asks, and populated once."""

from contextlib import AsyncExitStack
from pathlib import Path

from bench.population import Population, populate
from devstack.stack import Stack, StackOptions, running_stack

PROJECTS = 300
ENTRIES_PER_PROJECT = 30
BLOCK_SECONDS = 1.0
ENVIRONMENT = {
    # What is measured is the registry, not its limits; signing in is not measured at all.
    "RATE_LIMIT_PER_USER_PER_MINUTE": "100000000",
    "RATE_LIMIT_PER_ADDRESS_PER_MINUTE": "100000000",
    "BCRYPT_COST": "4",
}


class BenchStack:
    """`data_dir` is this run's own folder; everything started is ended with `parts`."""

    def __init__(self, data_dir: Path, parts: AsyncExitStack) -> None:
        self.data_dir = data_dir
        self.parts = parts
        self._stack: Stack | None = None
        self._population: Population | None = None

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
