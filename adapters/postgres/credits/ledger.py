"""Credit entries and transactions, written under row locks."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, bindparam, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from activities.ports.credits import NumberingUsedUp
from adapters.postgres.rows import row_of, units_to, value_of
from adapters.postgres.tables import (
    chain_records,
    credit_entries,
    credit_transactions,
    serial_counters,
    unit_counter,
)
from adapters.postgres.write_batching import BatchingConnection, UpdateRow
from domain.credits.chain_records import WITHOUT_RECORD
from domain.credits.ledger import CreditEntry, CreditTransaction, EntryStatus
from domain.identifiers import Serial
from domain.projects.projects import Project
from domain.quantities import UNIT_NUMBER_MAX, NumberingRoom, UnitRange

_BY_SERIAL = select(credit_entries).where(credit_entries.c.serial == bindparam("of_serial"))
_LOCK = _BY_SERIAL.with_for_update()
_START_COUNTER = upsert(serial_counters).values(
    project_id=bindparam("project_id"), vintage=bindparam("vintage"), next_number=bindparam("after")
)
_TAKE_SERIALS = _START_COUNTER.on_conflict_do_update(
    index_elements=["project_id", "vintage"],
    set_={"next_number": serial_counters.c.next_number + bindparam("taken", type_=BigInteger)},
).returning(serial_counters.c.next_number)


# Only status and time change; the database refuses anything else.
_SAVE = UpdateRow(credit_entries, key="id", columns=("status", "last_action_at"))


# The leaves tile what was issued, so that each is found by the unit before the last one's first:
# one look into the index of units each, however many there are. Remainders keep the highest units.
# Of the view: on the table a policy comes first, and PostgreSQL trusts no operator of ranges before it.
_LIVING_ON = text("""
    WITH RECURSIVE living AS (
        SELECT e.serial, lower(e.units) AS first_unit, 1 AS place FROM public_credit_entries e
         WHERE e.units @> CAST(:last AS bigint) AND e.status NOT IN ('transferred', 'split')
        UNION ALL
        SELECT e.serial, lower(e.units), living.place + 1
          FROM living JOIN public_credit_entries e ON e.units @> (living.first_unit - 1)
         WHERE e.status NOT IN ('transferred', 'split')
           AND living.first_unit > :first AND living.place < :limit
    )
    SELECT serial, first_unit FROM living ORDER BY place
""")


# An approval that what is left cannot hold is promised nothing (ADR 0041).
_NUMBERING = text("""
    SELECT c.next_unit,
           (SELECT coalesce(sum(v.verified_quantity_units), 0)::bigint
              FROM verification_requests v
             WHERE v.status = 'approved'
               AND v.verified_quantity_units <= :after_last - c.next_unit
               AND NOT EXISTS (SELECT FROM verification_events e
                                WHERE e.verification_id = v.id
                                  AND e.event_type = 'credits_issued')) AS promised_units
      FROM unit_counter c
""").bindparams(bindparam("after_last", UNIT_NUMBER_MAX + 1, BigInteger))
_LOCK_NUMBERING = select(unit_counter).with_for_update()


class PostgresCreditEntries:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def lock(self, serial: Serial) -> CreditEntry | None:
        found = await self._connection.execute(_LOCK, {"of_serial": str(serial)})
        row = found.mappings().one_or_none()
        return value_of(CreditEntry, row) if row else None

    async def get(self, entry_id: UUID) -> CreditEntry | None:
        found = await self._connection.execute(
            select(credit_entries).where(credit_entries.c.id == entry_id)
        )
        row = found.mappings().one_or_none()
        return value_of(CreditEntry, row) if row else None

    async def living_on(self, entry: CreditEntry, limit: int) -> tuple[Sequence[Serial], bool]:
        values = {"first": entry.units.first, "last": entry.units.last, "limit": limit}
        found = (await self._connection.execute(_LIVING_ON, values)).all()
        whole = not found or found[-1].first_unit <= entry.units.first
        return sorted(Serial.parse(row.serial) for row in found), not whole

    async def lock_buffer(self) -> Sequence[CreditEntry]:
        return await self._lock_all(credit_entries.c.status == EntryStatus.BUFFER.value)

    async def lock_unspent(self, project_id: UUID, vintage: int | None) -> Sequence[CreditEntry]:
        of_vintage = [] if vintage is None else [credit_entries.c.vintage == vintage]
        return await self._lock_all(
            credit_entries.c.project_id == project_id,
            credit_entries.c.status.in_([EntryStatus.ACTIVE.value, EntryStatus.RESERVED.value]),
            *of_vintage,
        )

    async def lock_living(self, entry: CreditEntry) -> Sequence[CreditEntry]:
        return await self._lock_all(
            credit_entries.c.owner_id == entry.owner_id,
            credit_entries.c.project_id == entry.project_id,
            credit_entries.c.vintage == entry.vintage,
            credit_entries.c.status == EntryStatus.ACTIVE.value,
            credit_entries.c.units.contained_by(units_to(entry.units)),
        )

    async def lock_suspended(self, reversal_id: UUID) -> Sequence[CreditEntry]:
        return await self._lock_all(
            credit_entries.c.suspended_for == reversal_id,
            credit_entries.c.status == EntryStatus.SUSPENDED.value,
        )

    async def _lock_all(self, *conditions: ColumnElement[bool]) -> Sequence[CreditEntry]:
        """
        Locked in the order of serials, as a retirement of several entries locks them.

        Whoever moved one of them meanwhile may have left a remainder that this statement did not
        see, so it is asked again until nothing new comes up.
        """
        held: list[CreditEntry] | None = None
        # "Nothing" is asked for again too: the only entry may be the one that somebody moved.
        while (found := await self._lock_once(conditions)) != held:
            held = found
        return found

    async def _lock_once(self, conditions: Sequence[ColumnElement[bool]]) -> list[CreditEntry]:
        serial_parts = [
            func.split_part(credit_entries.c.serial, "-", part).cast(BigInteger)
            for part in (2, 3, 4)
        ]
        found = await self._connection.execute(
            select(credit_entries).where(*conditions).order_by(*serial_parts).with_for_update()
        )
        return [value_of(CreditEntry, row) for row in found.mappings()]

    async def issued_units(self, project_id: UUID, vintage: int | None) -> int:
        """Entries without a parent are what was issued."""
        query = select(func.coalesce(func.sum(credit_entries.c.quantity_units), 0)).where(
            credit_entries.c.project_id == project_id, credit_entries.c.parent_id.is_(None)
        )
        if vintage is not None:
            query = query.where(credit_entries.c.vintage == vintage)
        return int((await self._connection.execute(query)).scalar_one())

    async def take_units(self, quantity_units: int) -> UnitRange:
        taken = await self._connection.execute(
            update(unit_counter)
            .where(unit_counter.c.next_unit <= UNIT_NUMBER_MAX + 1 - quantity_units)
            .values(next_unit=unit_counter.c.next_unit + quantity_units)
            .returning(unit_counter.c.next_unit)
        )
        next_unit: int | None = taken.scalar_one_or_none()
        if next_unit is None:
            raise NumberingUsedUp(f"{quantity_units} unit numbers are not left")
        return UnitRange(next_unit - quantity_units, next_unit - 1)

    async def numbering(self) -> NumberingRoom:
        return value_of(
            NumberingRoom, (await self._connection.execute(_NUMBERING)).mappings().one()
        )

    async def lock_numbering(self) -> NumberingRoom:
        await self._connection.execute(_LOCK_NUMBERING)
        return await self.numbering()

    async def take_serials(self, project: Project, vintage: int, count: int) -> Sequence[Serial]:
        if project.number is None:
            raise ValueError("a saved project has a number")
        return await self._take_serials(project.id, project.number, vintage, count)

    async def take_serials_beside(self, entry: CreditEntry, count: int) -> Sequence[Serial]:
        # A serial says its project's number, so that the project need not be read.
        number = entry.serial.project_number
        return await self._take_serials(entry.project_id, number, entry.vintage, count)

    async def _take_serials(
        self, project_id: UUID, project_number: int, vintage: int, count: int
    ) -> Sequence[Serial]:
        """The row's lock orders competitors for one project and vintage; others are not held up."""
        if count == 0:
            return []
        values = {"project_id": project_id, "vintage": vintage, "after": 1 + count, "taken": count}
        taken = await self._connection.execute(_TAKE_SERIALS, values)
        after: int = taken.scalar_one()
        return [Serial(vintage, project_number, n) for n in range(after - count, after)]

    async def add(self, *entries: CreditEntry) -> None:
        rows = [row_of(entry) | {"vintage": entry.vintage} for entry in entries]
        self._connection.insert_later(credit_entries, *rows)

    async def save(self, entry: CreditEntry) -> None:
        row = {"id": entry.id, "status": entry.status.value, "last_action_at": entry.last_action_at}
        await self._connection.update_later(_SAVE, row)

    async def transaction(self, transaction_id: UUID) -> CreditTransaction | None:
        found = await self._connection.execute(
            select(credit_transactions).where(credit_transactions.c.id == transaction_id)
        )
        row = found.mappings().one_or_none()
        return value_of(CreditTransaction, row) if row else None

    async def add_transaction(self, transaction: CreditTransaction) -> None:
        self._connection.insert_later(credit_transactions, row_of(transaction))

    async def without_record(self, limit: int) -> Sequence[CreditTransaction]:
        recorded = exists().where(chain_records.c.transaction_id == credit_transactions.c.id)
        found = await self._connection.execute(
            select(credit_transactions)
            .where(
                ~recorded,
                credit_transactions.c.type.not_in([kind.value for kind in WITHOUT_RECORD]),
            )
            .order_by(credit_transactions.c.created_at, credit_transactions.c.id)
            .limit(limit)
        )
        return [value_of(CreditTransaction, row) for row in found.mappings()]
