"""The audit log."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from domain.audit.archives import AuditArchive, AuditMonth
from domain.audit.log import AuditEntry, AuditHead, ChainedEntry


class AuditLog(Protocol):
    def add(self, entry: AuditEntry) -> None:
        """Note a change; the entries are chained and written last, so that the chain's lock is short."""

    async def head(self) -> AuditHead:
        """The newest entry of those that were committed before."""

    async def anchored_seq(self) -> int:
        """The newest entry that an anchor names, on the chain or on its way; 0 when there is none."""

    async def chain_queued(self, entries_max: int) -> int:
        """Chain the oldest queued entries, in the order in which they were queued, and say how many."""

    async def add_months(self, since: date, months: int) -> int:
        """Make room for so many months, where there is none; how many were new."""

    async def oldest_month(self) -> AuditMonth | None:
        """The oldest month that is in the database, with or without entries."""

    async def entries_of(
        self, month: AuditMonth, *, after: int, limit: int
    ) -> Sequence[ChainedEntry]:
        """A month's entries after a number, oldest first."""

    async def anchored_in(self, month: AuditMonth) -> frozenset[int]:
        """Those of a month's numbers that an anchor names."""

    async def keep_archive(self, archive: AuditArchive) -> None:
        """What stays of a month. Its key is the month."""

    async def archive_of(self, month: date) -> AuditArchive | None: ...

    async def drop_month(self, month: date) -> None:
        """Take a month out of the database, which refuses unless it is archived and old enough."""
