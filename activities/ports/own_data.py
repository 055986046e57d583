"""What people ask of their own data, and the keys under which it is sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.accounts.personal_data import Consent, DataExport, Erasure, ErasureFacts

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class SealedBatch:
    """`count` rows were sealed; `version` is that of the key that seals now."""

    version: int
    count: int


class OwnData(Protocol):
    """Exports, erasures and consents of accounts."""

    async def add_consent(self, consent: Consent) -> None: ...

    async def add_consent_of_unconfirmed(self, consent: Consent, *, email: str) -> None:
        """
        Of the account with this e-mail that nobody has confirmed yet, where there is one.

        The same one statement whether or not there is; `consent.user_id` is not read.
        """

    async def add_export(self, export: DataExport) -> None: ...

    async def newest_export(self, user_id: UUID) -> DataExport | None:
        """That of the last request, with the account held until the commit."""

    async def lock_export(self, export_id: UUID) -> DataExport | None: ...

    async def note_export_ready(
        self, export_id: UUID, at: datetime, *, size_bytes: int
    ) -> None: ...

    async def note_export_removed(self, export_id: UUID, at: datetime) -> None: ...

    async def exports_made_before(self, before: datetime) -> Sequence[DataExport]:
        """Files that were asked for before then and are still there."""

    async def exports_waiting(self) -> Sequence[UUID]: ...

    async def everything_of(self, user_id: UUID) -> Mapping[str, Rows]:
        """
        All rows that name the account, by table, without what only proves a secret.

        Names and e-mails of others are never among them: rows name people by identifier.
        """

    async def add_erasure(self, erasure: Erasure) -> bool:
        """False when one is open already."""

    async def open_erasure(self, user_id: UUID) -> Erasure | None:
        """Held until the commit."""

    async def lock_erasure(self, erasure_id: UUID) -> Erasure | None: ...

    async def end_erasure(
        self,
        erasure_id: UUID,
        *,
        withdrawn_at: datetime | None = None,
        erased_at: datetime | None = None,
        refused_at: datetime | None = None,
    ) -> None:
        """One of the three."""

    async def note_reminded(self, erasure_id: UUID, at: datetime) -> None: ...

    async def open_erasures(self) -> Sequence[Erasure]: ...

    async def erasure_facts(self, user_id: UUID) -> ErasureFacts:
        """What may stand against erasing the account, which is held until the commit."""

    async def erase(self, user_id: UUID, *, name: str, email: str, at: datetime) -> None:
        """
        Put the pseudonym where name and e-mail stood, and end every way to sign in.

        Wallet, networks, devices, reasons that staff wrote and unused links go; the organisation stays
        where it stands on public pages. No other row is touched.
        """


class DataKeys(Protocol):
    async def make_newer(self, *, made_before: datetime | None, at: datetime) -> int:
        """
        The version of the key that seals; a new one, if the newest was made before then.

        A registry without any gets its first.
        """

    async def seal_batch(self, *, limit: int) -> SealedBatch:
        """
        Seal rows that are not sealed under the newest key, at most so many of each table.

        Raises:
            UnreadablePersonalData: one cannot be opened; nothing was changed.
        """
