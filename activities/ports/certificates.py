"""Certificates: the facts they state, the documents, and the key that seals them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.certificates.certificates import (
    CertifiedProject,
    Evidence,
    OpenLoss,
    StoredCertificate,
)


@dataclass(frozen=True)
class CertifiedFacts:
    """What a certificate says of a project and of the evidence behind its credits."""

    project: CertifiedProject
    evidence: Evidence


class Certificates(Protocol):
    async def facts(self, project_id: UUID) -> CertifiedFacts | None:
        """None unless the project's verification was approved."""

    async def open_losses(self, project_id: UUID) -> Sequence[OpenLoss]:
        """What a project still owes for losses, the oldest first."""

    async def add(self, certificate: StoredCertificate) -> None: ...

    async def lock(self, retirement_id: UUID) -> StoredCertificate | None: ...

    async def save(self, certificate: StoredCertificate) -> None: ...

    async def keep_former(self, certificate: StoredCertificate, *, at: datetime) -> None:
        """Keep a sealed certificate for ever, before another seal takes its place."""


class CertificateSigner(Protocol):
    """The registry's own key, which seals certificates."""

    @property
    def public_key(self) -> bytes:
        """Raw Ed25519, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
