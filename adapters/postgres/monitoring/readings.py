"""Devices and their readings, written; a batch of readings by one statement."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Integer,
    Numeric,
    String,
    Uuid,
    bindparam,
    insert,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.monitoring import AcceptedValue, SentBatch
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import devices as devices_table
from domain.monitoring.readings import COUNTED, Device, DeviceReading
from domain.projects.verification import MonitoringPeriod

_TRIES = 3

# In one order, or two batches at once could each wait for the other.
_ADD = text("""
WITH sent AS (
    SELECT * FROM unnest(:device_ids, :sequences, :revisions, :moments, :numbers, :uncertainties, :flags)
        WITH ORDINALITY AS one(device_id, sequence, revision, measured_at, value, uncertainty, quality_flag, place)
), added AS (
    INSERT INTO readings (device_id, sequence, revision, measured_at, value, uncertainty, quality_flag, received_at)
    SELECT device_id, sequence, revision, measured_at, value, uncertainty, quality_flag, :received_at
      FROM sent ORDER BY device_id, sequence, revision
    ON CONFLICT DO NOTHING
    RETURNING 1
), known AS (
    SELECT sent.place,
           (sent.measured_at, sent.value, sent.uncertainty, sent.quality_flag)
           IS DISTINCT FROM (kept.measured_at, kept.value, kept.uncertainty, kept.quality_flag) AS differs
      FROM sent JOIN readings kept USING (device_id, sequence, revision)
)
SELECT (SELECT count(*) FROM added) AS added,
       (SELECT count(*) FROM known) AS known,
       (SELECT array_agg(place - 1 ORDER BY place) FROM known WHERE differs) AS contradicting
""").bindparams(
    bindparam("device_ids", type_=ARRAY(Uuid)),
    bindparam("sequences", type_=ARRAY(BigInteger)),
    bindparam("revisions", type_=ARRAY(Integer)),
    bindparam("moments", type_=ARRAY(DateTime(timezone=True))),
    bindparam("numbers", type_=ARRAY(Numeric)),
    bindparam("uncertainties", type_=ARRAY(Numeric)),
    bindparam("flags", type_=ARRAY(String)),
    bindparam("received_at", type_=DateTime(timezone=True)),
)

_ACCEPTED = text("""
SELECT d.quantity, d.unit, d.name AS origin, r.measured_at AS at, r.value, r.uncertainty,
       d.name || '/' || r.sequence || '/' || r.revision AS reference
  FROM devices d
  JOIN readings r ON r.device_id = d.id AND r.measured_at >= :begins AND r.measured_at < :ends
 WHERE d.project_id = :project_id AND d.quantity = ANY(:quantities) AND r.quality_flag = ANY(:counted)
   AND NOT EXISTS (SELECT FROM readings later WHERE later.device_id = r.device_id
                      AND later.sequence = r.sequence AND later.revision > r.revision)
UNION ALL
SELECT o.record ->> 'quantity', o.record ->> 'unit', o.record ->> 'series', (o.record ->> 'time')::timestamptz,
       (o.record ->> 'value')::numeric, (o.record ->> 'uncertainty')::numeric,
       o.ingestion_id || '/' || o.chunk || '/' || o.position
  FROM ingestions i
  JOIN ingested_records o ON o.ingestion_id = i.id AND o.kind = 'observation'
 WHERE i.project_id = :project_id AND i.status IN ('accepted', 'accepted_with_warnings', 'partly_accepted')
   AND o.record ->> 'quantity' = ANY(:quantities)
   -- What a mended file says of the same moment of the same series counts in its place.
   AND NOT EXISTS (SELECT FROM ingestions mended
                     JOIN ingested_records later ON later.ingestion_id = mended.id AND later.kind = 'observation'
                    WHERE mended.predecessor_id = i.id
                      AND mended.status IN ('accepted', 'accepted_with_warnings', 'partly_accepted')
                      AND later.record ->> 'series' = o.record ->> 'series'
                      AND later.record ->> 'quantity' = o.record ->> 'quantity'
                      AND later.record ->> 'time' = o.record ->> 'time')
   AND (o.record ->> 'time')::timestamptz >= :begins AND (o.record ->> 'time')::timestamptz < :ends
 LIMIT :limit
""").bindparams(
    bindparam("quantities", type_=ARRAY(String)), bindparam("counted", type_=ARRAY(String))
)


class PostgresReadings:
    """`activities.ports.monitoring.Readings`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def devices(self, project_id: UUID) -> Mapping[str, Device]:
        found = await self._connection.execute(
            select(devices_table).where(devices_table.c.project_id == project_id)
        )
        return {row["name"]: value_of(Device, row) for row in found.mappings()}

    async def add_device(self, device: Device) -> None:
        await self._connection.execute(insert(devices_table).values(row_of(device)))

    async def add(
        self, readings: Sequence[DeviceReading], devices: Mapping[str, Device], *, at: datetime
    ) -> SentBatch:
        sent = {
            "device_ids": [devices[one.device].id for one in readings],
            "sequences": [one.sequence for one in readings],
            "revisions": [one.revision for one in readings],
            "moments": [one.measured_at for one in readings],
            "numbers": [one.value for one in readings],
            "uncertainties": [one.uncertainty for one in readings],
            "flags": [one.quality_flag.value for one in readings],
            "received_at": at,
        }
        added = 0
        for _ in range(_TRIES):
            found = (await self._connection.execute(_ADD, sent)).mappings().one()
            added += found["added"]
            # What another batch has brought in this very moment is known the next time.
            if found["added"] + found["known"] >= len(readings):
                return SentBatch(added, found["contradicting"] or ())
        raise RuntimeError("a reading is neither new nor known")

    async def accepted(
        self, project_id: UUID, quantities: Sequence[str], period: MonitoringPeriod, *, limit: int
    ) -> Sequence[AcceptedValue]:
        begins = datetime.combine(period.first_day, time(), UTC)
        ends = datetime.combine(period.last_day, time(), UTC) + timedelta(days=1)
        found = await self._connection.execute(
            _ACCEPTED,
            {
                "project_id": project_id,
                "quantities": list(quantities),
                "counted": [flag.value for flag in COUNTED],
                "begins": begins,
                "ends": ends,
                "limit": limit,
            },
        )
        return [
            AcceptedValue(**(row | {"value": Decimal(row["value"])}))
            for row in map(dict, found.mappings())
        ]
