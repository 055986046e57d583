"""A registry without rows, for those who only publish."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from activities.ports.publishing import ExportChunk
from domain.publishing.open_data import Dataset, FileFormat, PartSum


class _EmptySnapshot:
    async def sums(self) -> Sequence[PartSum]:
        return ()

    async def chunks(self, dataset: Dataset, format: FileFormat) -> AsyncIterator[ExportChunk]:
        yield ExportChunk(f"{dataset}.{format}\n".encode(), 0)


class NothingToExport:
    """Implements `activities.ports.publishing.OpenData`."""

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[_EmptySnapshot]:
        yield _EmptySnapshot()
