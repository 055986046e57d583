"""
Readings: what an instrument of a project measured, numbered by itself.

A device measures one quantity. Its readings have a sequence number and a revision: sent again they are the same
reading, and a corrected one is a higher revision, in whatever order they arrive. The highest revision counts;
the others stay. Flags are those of QARTOD (IOOS Manual for Real-Time Quality Control of Data, 2020; IOC 54:V3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import DeviceInUse, Fault, Invalid
from domain.ingestion.units import UNKNOWN_SCALE, is_known

BATCH_MAX = 1000
DEVICES_MAX = 500
DIGITS_MAX = 20
CLOCK_SKEW = timedelta(minutes=5)
"""So far a device's clock may be ahead of ours."""
SEQUENCE_MAX = 2**53 - 1
REVISION_MAX = 1000


class QualityFlag(StrEnum):
    """
    pass           every check that there is was passed
    not_evaluated  nobody has checked it
    suspect        of use, with a doubt; it counts
    fail           wrong; it is kept, drawn and never counted
    missing        the device says that it has no value
    """

    PASS = "pass"  # noqa: S105 -- a flag of QARTOD
    NOT_EVALUATED = "not_evaluated"
    SUSPECT = "suspect"
    FAIL = "fail"
    MISSING = "missing"


COUNTED = (QualityFlag.PASS, QualityFlag.NOT_EVALUATED, QualityFlag.SUSPECT)
"""What quantities are worked out of."""


@dataclass(frozen=True)
class Device:
    """
    An instrument, or one channel of it: `quantity` in `unit`, at one place, under one calibration.

    Facts of a device never change: whoever calibrates it anew registers it under another name.
    `latitude` and `longitude` are degrees, WGS 84; both or neither.
    """

    id: UUID
    project_id: UUID
    name: str
    quantity: str
    unit: str
    instrument: str
    calibration: str | None
    latitude: float | None
    longitude: float | None
    registered_by: UUID
    registered_at: datetime


@dataclass(frozen=True)
class DeviceReading:
    """As it is sent. `value` is None where the flag says that it is missing, in the device's unit else."""

    device: str
    sequence: int
    revision: int
    measured_at: datetime
    value: Decimal | None
    uncertainty: Decimal | None
    quality_flag: QualityFlag


def register_device(device: Device, before: Device | None, *, count: int, actor: Account) -> Device:
    """
    The device as it stands from now on; the one before, if it says the same.

    Raises:
        Forbidden: the actor's role sends no readings.
        DeviceInUse: there is one of that name with other facts.
        Invalid: a unit that nobody knows, half a place, or more devices than a project has.
    """
    actor.require(Permission.SEND_READINGS)
    faults = []
    if not is_known(device.unit):
        sentence = (
            "A pH has a scale: pH_T, pH_F or pH_NBS."
            if device.unit in UNKNOWN_SCALE
            else f"The unit {device.unit} is not known."
        )
        faults.append(Fault("/unit", sentence))
    if (device.latitude is None) is not (device.longitude is None):
        faults.append(Fault("/coordinates", "A place has a latitude and a longitude."))
    if before is None and count >= DEVICES_MAX:
        faults.append(Fault("/name", f"A project has at most {DEVICES_MAX} devices."))
    if faults:
        raise Invalid(" ".join(one.detail for one in faults), *faults)
    if before is None:
        return device
    facts = ("quantity", "unit", "instrument", "calibration", "latitude", "longitude")
    other = [name for name in facts if getattr(before, name) != getattr(device, name)]
    if other:
        raise DeviceInUse(
            f"The project has a device {before.name} with another {' and '.join(other)}. Choose another name for this one."
        )
    return before


def require_batch(
    readings: Sequence[DeviceReading], devices: Mapping[str, Device], *, at: datetime
) -> None:
    """
    Raises:
        Invalid: a device is unknown, a moment lies in the future, a value and its flag contradict each other, or two
            readings of the batch have one number; all faults at once, with pointers into the batch.
    """
    faults, seen = [], set[tuple[str, int, int]]()
    for place, one in enumerate(readings):
        pointer = f"/readings/{place}"
        if one.device not in devices:
            faults.append(Fault(f"{pointer}/device", f"The project has no device {one.device}."))
        if one.measured_at > at + CLOCK_SKEW:
            faults.append(
                Fault(
                    f"{pointer}/measuredAt",
                    "It was measured in the future: set the device's clock.",
                )
            )
        if (one.value is None) is not (one.quality_flag is QualityFlag.MISSING):
            faults.append(
                Fault(
                    f"{pointer}/value",
                    "A value is left out if, and only if, it is flagged missing.",
                )
            )
        number = (one.device, one.sequence, one.revision)
        if number in seen:
            faults.append(
                Fault(
                    f"{pointer}/sequence",
                    f"Number {one.sequence} of {one.device} is in the batch before; a correction has a higher revision.",
                )
            )
        seen.add(number)
    if faults:
        raise Invalid(" ".join(dict.fromkeys(one.detail for one in faults)), *faults)


def contradictions(places: Sequence[int], readings: Sequence[DeviceReading]) -> list[Fault]:
    """Of readings that are known under their number, with other words than before."""
    return [
        Fault(
            f"/readings/{place}/revision",
            f"Number {readings[place].sequence} of {readings[place].device} was sent with other values as revision "
            f"{readings[place].revision}; a correction has a higher revision.",
        )
        for place in places
    ]
