"""The audit log."""

from typing import Protocol

from domain.audit.log import AuditEntry, AuditHead


class AuditLog(Protocol):
    def add(self, entry: AuditEntry) -> None:
        """Note a change; the entries are chained and written last, so that the chain's lock is short."""

    async def head(self) -> AuditHead:
        """The newest entry of those that were committed before."""

    async def anchored_seq(self) -> int:
        """The newest entry that an anchor names, on the chain or on its way; 0 when there is none."""
