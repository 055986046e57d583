"""
A registry without rows, for those who only publish.

It passes the tests in tests/adapters/postgres/publishing/test_open_data_contract.py.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from activities.ports.publishing import ExportChunk
from domain.publishing.open_data import Dataset, FileFormat, LedgerState, PartSum


class _EmptySnapshot:
    async def sums(self) -> Sequence[PartSum]:
        return ()

    async def ledger(self, beat: Callable[[], None]) -> LedgerState:
        return LedgerState(0, 0, hashlib.sha256().hexdigest())

    async def chunks(self, dataset: Dataset, format: FileFormat) -> AsyncIterator[ExportChunk]:
        if format is FileFormat.CSV:
            yield ExportChunk(f"{dataset}\r\n".encode(), 0)


class NothingToExport:
    """Implements `activities.ports.publishing.OpenData`."""

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[_EmptySnapshot]:
        yield _EmptySnapshot()
