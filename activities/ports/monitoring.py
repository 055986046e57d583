"""What monitoring needs from outside: devices and readings, boundaries, quantifications, declared calculations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from domain.monitoring.boundaries import Boundary, Overlap, SamplingPoint
from domain.monitoring.calculations import Calculation
from domain.monitoring.quantifications import Inputs, Quantification
from domain.monitoring.readings import Device, DeviceReading
from domain.projects.verification import MonitoringPeriod


@dataclass(frozen=True)
class SentBatch:
    """Places in the batch: of readings that are new, and of those that were known with other words."""

    added: int
    contradicting: Sequence[int] = ()


@dataclass(frozen=True)
class AcceptedValue:
    """
    A counted reading, or an observation of an accepted file. `origin` is the device or series.

    `reference` names the reading as `device/sequence/revision`, or the line as `ingestion/chunk/position`.
    """

    quantity: str
    unit: str
    origin: str
    at: datetime
    value: Decimal
    uncertainty: Decimal | None
    reference: str


class Readings(Protocol):
    async def devices(self, project_id: UUID) -> Mapping[str, Device]:
        """By name."""

    async def add_device(self, device: Device) -> None: ...

    async def add(
        self, readings: Sequence[DeviceReading], devices: Mapping[str, Device], *, at: datetime
    ) -> SentBatch:
        """By one statement; what is known already is left as it is."""

    async def accepted(
        self, project_id: UUID, quantities: Sequence[str], period: MonitoringPeriod, *, limit: int
    ) -> Sequence[AcceptedValue]:
        """Of the days of the period (UTC): the highest revisions that count, and what accepted files brought."""


class Boundaries(Protocol):
    async def newest(self, project_id: UUID) -> Boundary | None: ...

    async def add(self, boundary: Boundary) -> None: ...

    async def candidates(self, boundary: Boundary) -> Sequence[Boundary]:
        """Newest boundaries of other projects that count, whose boxes meet."""

    async def set_overlaps(
        self, project_id: UUID, overlaps: Sequence[tuple[Overlap, Overlap]], *, at: datetime
    ) -> None:
        """In the place of those of the project; of each pair, how either side has it."""

    async def overlaps(self, project_id: UUID) -> Sequence[Overlap]: ...

    async def set_points(self, project_id: UUID, points: Sequence[SamplingPoint]) -> None:
        """In the place of all that there are."""

    async def points(self, project_id: UUID) -> Sequence[SamplingPoint]: ...


class Quantifications(Protocol):
    async def newest(self, verification_id: UUID) -> Quantification | None: ...

    async def add(self, quantification: Quantification, inputs: Inputs) -> None: ...

    async def worked_out(self, verification_id: UUID) -> Sequence[tuple[datetime, str]]:
        """When each of a round was, with its SHA-256."""


class Calculations(Protocol):
    def calculation(self, calculation_id: str) -> Calculation | None: ...


class MonitoringRepositories(Protocol):
    @property
    def readings(self) -> Readings: ...

    @property
    def boundaries(self) -> Boundaries: ...

    @property
    def quantifications(self) -> Quantifications: ...
