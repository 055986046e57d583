"""Recording which units of other registries an issuance stands on."""

from dataclasses import replace
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from activities.standards.records import (
    RecordStep,
    SettleRecord,
    SourcePayload,
    leave_traces,
    require_document,
    settled,
)
from domain.accounts.roles import Account
from domain.errors import Fault, NotFound, NumbersTaken
from domain.quantities import format_tonnes
from domain.standards.foreign_serials import (
    GRAMMARS,
    ForeignRange,
    ForeignRegistry,
    read_serial,
    record_range,
)


class ForeignRangePayload(Payload):
    registry: ForeignRegistry
    serial: str
    source: SourcePayload


class RecordForeignRange(PersonalRequest):
    """The serial and its source are the stored request `range_id`; `quantity_units` are of 0.01 t CO2e."""

    range_id: UUID
    verification_id: UUID
    vintage: int
    quantity_units: int
    actor_id: UUID


class ForeignRangeActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def record_foreign_range(self, request: RecordForeignRange) -> RecordStep:
        """Record a range for another of staff to confirm (domain.standards.foreign_serials)."""

        async def record() -> RecordStep:
            body = await lookups.stored_request(work, request.range_id)
            asked = ForeignRangePayload.model_validate(body)
            actor = await lookups.account(work, request.actor_id)
            # Whoever records another range of the same issuance waits here.
            verification = await lookups.locked_verification(work, request.verification_id)
            issued = await work.credits.issuance_corrections.issued(
                verification.id, request.vintage
            )
            if issued is None:
                raise NotFound("Nothing was issued for that vintage of this round.")
            numbers = read_serial(asked.serial, asked.registry)
            foreign = record_range(
                request.range_id,
                numbers,
                about=(verification.project_id, verification.id, request.vintage),
                quantity_units=request.quantity_units,
                issued_units=issued.quantity_units,
                converted_units=await work.standards.foreign_ranges.converted_units(
                    verification.id, request.vintage
                ),
                source=asked.source.source(),
                actor=actor,
                at=self._clock.now(),
            )
            await require_document(work, foreign.source, verification.project_id)
            other = await work.standards.foreign_ranges.overlapping(numbers)
            if other is not None:
                detail = (
                    f"{numbers.serial} shares numbers with {other.numbers.serial}, which an issuance stands on"
                    " already: each comes once."
                )
                raise NumbersTaken(detail, Fault("/serial", detail))
            await work.standards.foreign_ranges.add(foreign)
            return await _step(work, foreign, None, request.range_id, actor)

        async with self._database.transaction() as work:
            key = f"record-foreign-range/{request.range_id}"
            return await run_once(work, key, RecordStep, record)

    @activity.defn
    async def settle_foreign_range(self, request: SettleRecord) -> RecordStep:
        """Confirm or withdraw a range; the numbers of a withdrawn one may be recorded again."""

        async def settle() -> RecordStep:
            now = self._clock.now()
            actor = await lookups.account(work, request.actor_id)
            found = await work.standards.foreign_ranges.lock(request.record_id)
            before = lookups.found(found, "range")
            record = await settled(work, request, before.record, actor=actor, at=now)
            after = replace(before, record=record)
            await work.standards.foreign_ranges.save(after)
            return await _step(work, after, before, request.operation_id, actor)

        async with self._database.transaction() as work:
            key = f"settle-foreign-range/{request.operation_id}"
            return await run_once(work, key, RecordStep, settle)


async def _step(
    work: UnitOfWork,
    foreign: ForeignRange,
    before: ForeignRange | None,
    operation_id: UUID,
    actor: Account,
) -> RecordStep:
    record = foreign.record
    told = await leave_traces(
        work,
        "foreign_range",
        foreign.id,
        foreign.project_id,
        record,
        before=None if before is None else {"status": before.record.status.value},
        after={
            "registry": foreign.numbers.registry.value,
            "serial": foreign.numbers.serial,
            "verificationId": str(foreign.verification_id),
            "vintage": foreign.vintage,
            "quantity": format_tonnes(foreign.numbers.quantity_units),
        },
        title=f"the range {foreign.numbers.serial} of {GRAMMARS[foreign.numbers.registry].name}",
        operation_id=operation_id,
        actor=actor,
        at=record.withdrawn_at or record.confirmed_at or record.recorded_at,
    )
    return RecordStep(record_id=foreign.id, status=record.status, notification_ids=told)
