"""Whether the servers that a request needs answer, and what ends a wait for one that hangs (ADR 0049)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from datetime import timedelta

import httpx
from temporalio.client import Client

from adapters.chain.providers import chain_answers
from adapters.outages import OutageBreaker
from adapters.postgres.limited_connections import open_database_breaker
from adapters.settings import Settings
from adapters.storage.presigned_urls import PresignedUrls


@dataclass(frozen=True)
class Breakers:
    """One for each server; `chain` asks whether it is well, which costs none of its quota."""

    database: OutageBreaker
    temporal: OutageBreaker
    storage: OutageBreaker
    chain: OutageBreaker

    @classmethod
    def opened(
        cls, settings: Settings, temporal: Client, storage: PresignedUrls, http: httpx.AsyncClient
    ) -> "Breakers":
        """Nothing is asked before somebody waits."""
        return cls(
            database=open_database_breaker(settings.database),
            temporal=OutageBreaker(
                "Temporal",
                _asking_temporal(temporal, settings.temporal.temporal_probe_seconds),
                probe_seconds=settings.temporal.temporal_probe_seconds,
            ),
            storage=OutageBreaker(
                "The object storage",
                _must(lambda: storage.storage_answers(http)),
                probe_seconds=settings.storage.s3_probe_seconds,
            ),
            chain=OutageBreaker(
                "The chain's server",
                _must(lambda: chain_answers(settings.chain, http)),
                probe_seconds=settings.chain.check_probe_seconds,
            ),
        )

    @asynccontextmanager
    async def waiting_for_workflow(self, *, needs_storage: bool = False) -> AsyncIterator[None]:
        """
        Around a call that a workflow answers, whose activities need the database as well.

        Raises:
            NoAnswer: one of them hangs. The call may yet be carried out.
        """
        needed = [self.temporal, self.database, *([self.storage] if needs_storage else [])]
        async with AsyncExitStack() as waits:
            for breaker in needed:
                await waits.enter_async_context(breaker.call())
            yield

    def by_part(self) -> dict[str, OutageBreaker]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    async def close(self) -> None:
        await asyncio.gather(*(one.close() for one in self.by_part().values()))


def _asking_temporal(client: Client, seconds: float) -> Callable[[], Awaitable[None]]:
    async def ask() -> None:
        # A connection that was never made is tried anew.
        if not await client.service_client.check_health(timeout=timedelta(seconds=seconds)):
            raise RuntimeError("Temporal says that it does not serve")

    return ask


def _must(answers: Callable[[], Awaitable[bool]]) -> Callable[[], Awaitable[None]]:
    async def ask() -> None:
        if not await answers():
            raise RuntimeError("it says that it is not well")

    return ask
