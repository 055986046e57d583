"""What others say of projects and credits, as it is kept (ADR 0120)."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.standards.article6 import Authorisation, AuthorisationStep
from domain.standards.foreign_serials import ForeignRange, SerialNumbers
from domain.standards.labels import Label


class Labels(Protocol):
    async def add(self, label: Label) -> None: ...

    async def lock(self, label_id: UUID) -> Label | None: ...

    async def save(self, label: Label) -> None:
        """Where its record stands; nothing else of it changes."""


class Authorisations(Protocol):
    async def add(self, authorisation: Authorisation) -> None: ...

    async def lock(
        self, authorisation_id: UUID
    ) -> tuple[Authorisation, Sequence[AuthorisationStep]] | None:
        """With all its steps, in order."""

    async def save(self, authorisation: Authorisation) -> None:
        """Its status and terms."""

    async def add_step(self, step: AuthorisationStep) -> None: ...

    async def save_step(self, step: AuthorisationStep) -> None:
        """Where its record stands."""


class ForeignRanges(Protocol):
    async def add(self, foreign: ForeignRange) -> None:
        """
        Raises:
            NumbersTaken: a range that shares a number with it was added in this moment.
        """

    async def lock(self, range_id: UUID) -> ForeignRange | None: ...

    async def save(self, foreign: ForeignRange) -> None:
        """Where its record stands."""

    async def overlapping(self, numbers: SerialNumbers) -> ForeignRange | None:
        """The first range, not withdrawn, that shares a number with these."""

    async def converted_units(self, verification_id: UUID, vintage: int) -> int:
        """Of 0.01 t: what of an issuance stands on ranges, withdrawn ones left out."""


class StandardRepositories(Protocol):
    @property
    def labels(self) -> Labels: ...

    @property
    def authorisations(self) -> Authorisations: ...

    @property
    def foreign_ranges(self) -> ForeignRanges: ...
