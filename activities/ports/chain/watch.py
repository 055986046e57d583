"""What is compared with the chain and watched on the way to it, and the alerts that come of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.chain.alerts import Alert
from domain.chain.reconciliation import OwnRecord, Reconciliation, RecordedIssuance
from domain.chain.watch import ChainRows, ProviderState


class Reconciliations(Protocol):
    """What is compared with the chain, a part at a time, and what came of it."""

    async def addresses(self) -> Sequence[str]:
        """Every address that a transaction of ours was ever signed for."""

    async def due(
        self, after: str, *, since_height: int | None, again: Sequence[str], limit: int
    ) -> Sequence[str]:
        """
        Hashes after `after`, in order: of transactions with a record that we call confirmed.

        `since_height` leaves out those in lower blocks, but never those in none, nor `again`.
        """

    async def records_in(self, tx_hash: str) -> Sequence[OwnRecord]: ...

    async def unexplained(self, tx_hashes: Sequence[str]) -> Sequence[str]:
        """Which of these are no transaction of ours, or one that was given up as expired."""

    async def saying(self, record: Mapping[str, Any]) -> OwnRecord | None:
        """Our record that says the very same."""

    async def issuances(self, after: UUID, limit: int) -> Sequence[RecordedIssuance]:
        """Those of the ledger with their records, and records without, by their transactions."""

    async def add(self, reconciliation: Reconciliation) -> None: ...

    async def last(self) -> Reconciliation | None: ...


class Alerts(Protocol):
    async def add(self, alert: Alert) -> None:
        """The same id again, or a second open one of a kind and subject, changes nothing."""

    async def save(self, alert: Alert) -> None: ...

    async def lock_recent(self, cleared_since: datetime) -> Sequence[Alert]:
        """The open ones, and those cleared since then."""


class ChainWatch(Protocol):
    """How the way to the chain is: our own rows, and what is known of the provider."""

    async def provider(self) -> ProviderState: ...

    async def lock_provider(self) -> ProviderState: ...

    async def save_provider(self, state: ProviderState) -> None: ...

    async def rows(self, addresses: Sequence[str], since: datetime) -> ChainRows:
        """All of one moment; what is counted as lately began at `since`."""
