"""Ranges of other registries' numbers, written."""

from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.standards.records import (
    columns_of_record,
    moved,
    record_from,
    source_from,
)
from adapters.postgres.tables import foreign_ranges
from domain.errors import NumbersTaken
from domain.standards.foreign_serials import ForeignRange, ForeignRegistry, SerialNumbers
from domain.standards.records import StandardRecordStatus

ONCE = "ex_foreign_ranges_numbers_once"
_of = foreign_ranges.c


class PostgresForeignRanges:
    """`activities.ports.standards.repositories.ForeignRanges`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, foreign: ForeignRange) -> None:
        row = {
            "id": foreign.id,
            "project_id": foreign.project_id,
            "verification_id": foreign.verification_id,
            "vintage": foreign.vintage,
            "registry": foreign.numbers.registry.value,
            "block": foreign.numbers.block,
            "numbers": numbers_to(foreign.numbers),
            "serial": foreign.numbers.serial,
            "quantity_units": foreign.numbers.quantity_units,
        }
        try:
            await self._connection.execute(
                insert(foreign_ranges).values(
                    row | columns_of_record(foreign.source, foreign.record)
                )
            )
        except IntegrityError as taken:
            if ONCE not in str(taken.orig):
                raise
            raise NumbersTaken(
                f"Numbers of {foreign.numbers.serial} were recorded in this moment."
            ) from taken

    async def lock(self, range_id: UUID) -> ForeignRange | None:
        found = await self._connection.execute(
            select(foreign_ranges).where(_of.id == range_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        return None if row is None else range_from(row)

    async def save(self, foreign: ForeignRange) -> None:
        await self._connection.execute(
            update(foreign_ranges).where(_of.id == foreign.id).values(moved(foreign.record))
        )

    async def overlapping(self, numbers: SerialNumbers) -> ForeignRange | None:
        found = await self._connection.execute(
            select(foreign_ranges)
            .where(
                _of.registry == numbers.registry.value,
                _of.block == numbers.block,
                _of.numbers.overlaps(numbers_to(numbers)),
                _of.status != StandardRecordStatus.WITHDRAWN.value,
            )
            .order_by(_of.numbers)
            .limit(1)
        )
        row = found.mappings().one_or_none()
        return None if row is None else range_from(row)

    async def converted_units(self, verification_id: UUID, vintage: int) -> int:
        converted = await self._connection.scalar(
            select(func.coalesce(func.sum(_of.quantity_units), 0)).where(
                _of.verification_id == verification_id,
                _of.vintage == vintage,
                _of.status != StandardRecordStatus.WITHDRAWN.value,
            )
        )
        return int(converted or 0)


def numbers_to(numbers: SerialNumbers) -> Range[int]:
    return Range(numbers.first, numbers.last + 1, bounds="[)")


def numbers_from(row: RowMapping) -> SerialNumbers:
    numbers = row["numbers"]
    return SerialNumbers(
        ForeignRegistry(row["registry"]),
        row["block"],
        numbers.lower,
        numbers.upper - 1,
        row["serial"],
    )


def range_from(row: RowMapping) -> ForeignRange:
    return ForeignRange(
        row["id"],
        row["project_id"],
        row["verification_id"],
        row["vintage"],
        numbers_from(row),
        source_from(row),
        record_from(row),
    )
