"""Certificates: the facts they state, the documents, and the key that seals them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.certificates.certificates import (
    CertifiedFacts,
    OpenLoss,
    StoredCertificate,
)
from domain.certificates.corrections import Correction
from domain.certificates.issuances import Approved
from domain.certificates.status_lists import Status
from domain.credits.ledger import CreditEntry


@dataclass(frozen=True)
class DecidedByStaff:
    """A certificate of projects that staff approved, and the body behind each such sign-off digest (hex)."""

    retirement_id: UUID
    bodies: Mapping[str, str | None]


@dataclass(frozen=True)
class StoredStatusList:
    """`bits_sha256` (hex) tells whether another one would say something else."""

    status: Status
    number: int
    version: int
    bits_sha256: str
    document: bytes
    signed_at: datetime


class Certificates(Protocol):
    async def facts(self, entries: Sequence[CreditEntry]) -> Sequence[CertifiedFacts | None]:
        """One for each entry, of the approval that its units were issued for; None: it was not approved."""

    async def approvals(self, retirement_id: UUID) -> Sequence[Approved | None]:
        """
        What the retired units come from, each approval once, in the order of their numbers.

        None stands for units that were issued without an approval in force, or for more than it says.
        """

    async def open_losses(self, project_id: UUID) -> Sequence[OpenLoss]:
        """What a project still owes for losses, the oldest first."""

    async def add(self, certificate: StoredCertificate) -> None: ...

    async def lock(self, retirement_id: UUID) -> StoredCertificate | None: ...

    async def save(self, certificate: StoredCertificate) -> None: ...

    async def keep_former(self, certificate: StoredCertificate, *, at: datetime) -> None:
        """Keep a sealed certificate for ever, before another seal takes its place."""

    async def next_status_place(self) -> int:
        """A place in the status lists that nobody else gets; some stay empty."""

    async def add_credential(
        self,
        retirement_id: UUID,
        digest: str,
        document: bytes,
        *,
        status_place: int,
        at: datetime,
    ) -> None:
        """The certificate sealed under `digest`, as a credential; for ever."""

    async def last_status_place(self) -> int | None:
        """The highest place that a credential has; None: none has one."""

    async def places_of(self, status: Status, first: int, last: int) -> Sequence[int]:
        """Which places, both ends counted in, it must be told of."""

    async def status_list(self, status: Status, number: int) -> StoredStatusList | None:
        """The one that stands."""

    async def add_status_list(self, made: StoredStatusList) -> None:
        """For ever; nothing where there is one of that version."""

    async def decided_by_staff(self, after: UUID, *, limit: int) -> Sequence[DecidedByStaff]:
        """In the order of their identifiers."""

    async def seals(self, retirement_id: UUID) -> Sequence[tuple[str, bytes]]:
        """Digest and bytes of each seal, the present and the former ones."""

    async def add_correction(self, correction: Correction) -> bool:
        """False: this seal is corrected at that place already."""


class CertificateSigner(Protocol):
    """The registry's own key, which seals certificates."""

    @property
    def public_key(self) -> bytes:
        """Raw Ed25519, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
