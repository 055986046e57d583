"""Devices of a project, and the readings that they send."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from activities.audit_and_notify import audit
from adapters.postgres.identity import SYSTEM, done_as
from api.commands.projects.projects import visible_project
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid
from domain.identifiers import derived_id
from domain.monitoring import readings as rules
from domain.monitoring.readings import Device, DeviceReading


@dataclass(frozen=True)
class DeviceFacts:
    """As `domain.monitoring.readings.Device`."""

    name: str
    quantity: str
    unit: str
    instrument: str
    calibration: str | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class TakenBatch:
    """Of so many readings, `added` were new; the others were known already, word for word."""

    added: int
    known: int


@done_as(SYSTEM)
async def register_device(
    parts: Resources, account: Account, project_id: UUID, facts: DeviceFacts
) -> Device:
    """
    A device of a project; the same facts again are the same device.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden, DeviceInUse, Invalid: as `domain.monitoring.readings.register_device`.
    """
    await visible_project(parts, account, project_id)
    account.require(Permission.SEND_READINGS)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        # Held until the commit, so that of two devices of one name the second sees the first.
        await work.projects.projects.lock(project_id)
        known = await work.monitoring.readings.devices(project_id)
        before = known.get(facts.name)
        device = rules.register_device(
            Device(
                id=derived_id(project_id, f"device/{facts.name}"),
                project_id=project_id,
                **vars(facts),
                registered_by=account.id,
                registered_at=now,
            ),
            before,
            count=len(known),
            actor=account,
        )
        if before is None:
            await work.monitoring.readings.add_device(device)
            audit(
                work,
                "device.registered",
                ("project", project_id),
                actor_id=account.id,
                before=None,
                after={
                    "device": str(device.id),
                    "quantity": device.quantity,
                    "unit": device.unit,
                },
                at=now,
            )
    return device


@done_as(SYSTEM)
async def take_readings(
    parts: Resources, account: Account, project_id: UUID, readings: Sequence[DeviceReading]
) -> TakenBatch:
    """
    Keep a batch of readings, all of it or nothing; sent again it changes nothing.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden: this account's role sends no readings.
        Invalid: as `domain.monitoring.readings.require_batch`, or a number was sent with other values before; all
            faults at once.
    """
    await visible_project(parts, account, project_id)
    account.require(Permission.SEND_READINGS)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        devices = await work.monitoring.readings.devices(project_id)
        rules.require_batch(readings, devices, at=now)
        batch = await work.monitoring.readings.add(readings, devices, at=now)
        faults = rules.contradictions(batch.contradicting, readings)
        if faults:
            raise Invalid(" ".join(one.detail for one in faults[:3]), *faults)
    return TakenBatch(batch.added, len(readings) - batch.added)


def device_named(devices: Sequence[Device], name: str) -> Device:
    """
    Raises:
        Invalid: the project has no such device.
    """
    for one in devices:
        if one.name == name:
            return one
    detail = f"The project has no device {name}."
    raise Invalid(detail, Fault("/device", detail))
