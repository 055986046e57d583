"""The audit log."""

from typing import Protocol

from domain.audit.log import AuditHead


class AuditLog(Protocol):
    """What was appended so far; entries themselves go through `UnitOfWork.audit`."""

    async def head(self) -> AuditHead: ...

    async def anchored_seq(self) -> int:
        """The newest entry that an anchor names, on the chain or on its way; 0 when there is none."""
