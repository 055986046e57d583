"""Devices and readings, read: by their numbers, summed up by time, and as they are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    devices,
)
from domain.monitoring.readings import Device, QualityFlag

EVERY = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}

"""What readings are summed up by, counted from midnight UTC."""


@dataclass(frozen=True)
class ReadingView:
    """`is_newest`: no higher revision of its number has come in."""

    sequence: int
    revision: int
    measured_at: datetime
    value: Decimal | None
    uncertainty: Decimal | None
    quality_flag: QualityFlag
    received_at: datetime
    is_newest: bool


@dataclass(frozen=True)
class SummedView:
    """Counted readings of a minute, an hour or a day that begins at `begins_at`."""

    begins_at: datetime
    count: int
    mean: Decimal
    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True)
class SeriesView:
    """
    Values of one device or of one series of accepted files, in the order of time, the newest of them.

    `points` have a moment, a value (None: missing) and the flag.
    """

    name: str
    quantity: str
    unit: str
    points: Sequence[tuple[datetime, float | None, str]]
    total: int


async def project_devices(connection: AsyncConnection, project_id: UUID) -> Sequence[Device]:
    """Seen by: whoever works on the project, which the caller has read with the account that asks."""
    found = await connection.execute(
        select(devices).where(devices.c.project_id == project_id).order_by(devices.c.name)
    )
    return [value_of(Device, row) for row in found.mappings()]


_READINGS = text("""
SELECT r.sequence, r.revision, r.measured_at, r.value, r.uncertainty, r.quality_flag, r.received_at,
       NOT EXISTS (SELECT FROM readings later WHERE later.device_id = r.device_id
                      AND later.sequence = r.sequence AND later.revision > r.revision) AS is_newest
  FROM readings r
 WHERE r.device_id = :device_id AND (r.sequence, r.revision) > (:sequence, :revision)
   AND r.measured_at >= :begins AND r.measured_at < :ends
   AND (:all_revisions OR NOT EXISTS (SELECT FROM readings later WHERE later.device_id = r.device_id
                      AND later.sequence = r.sequence AND later.revision > r.revision))
 ORDER BY r.sequence, r.revision
 LIMIT :limit
""")


_SUMMED = text("""
SELECT date_bin(CAST(:every AS interval), r.measured_at, 'epoch') AS begins_at, count(*) AS count,
       avg(r.value) AS mean, min(r.value) AS lowest, max(r.value) AS highest
  FROM readings r
 WHERE r.device_id = :device_id AND r.measured_at >= :begins AND r.measured_at < :ends
   AND r.quality_flag IN ('pass', 'not_evaluated', 'suspect')
   AND NOT EXISTS (SELECT FROM readings later WHERE later.device_id = r.device_id
                      AND later.sequence = r.sequence AND later.revision > r.revision)
 GROUP BY 1 ORDER BY 1 LIMIT :limit
""")


async def readings_page(
    connection: AsyncConnection,
    device_id: UUID,
    *,
    after: tuple[int, int],
    begins: datetime,
    ends: datetime,
    all_revisions: bool,
    limit: int,
) -> Sequence[ReadingView]:
    """
    By sequence number and revision; one more than `limit` where they go on.

    Seen by: whoever works on the project, which the caller has read with the account that asks.
    """
    found = await connection.execute(
        _READINGS,
        {
            "device_id": device_id,
            "sequence": after[0],
            "revision": after[1],
            "begins": begins,
            "ends": ends,
            "all_revisions": all_revisions,
            "limit": limit + 1,
        },
    )
    return [value_of(ReadingView, row) for row in found.mappings()]


async def readings_summed(
    connection: AsyncConnection,
    device_id: UUID,
    *,
    every: str,
    begins: datetime,
    ends: datetime,
    limit: int,
) -> Sequence[SummedView]:
    """
    By time; one more than `limit` where they go on. Of each number the highest revision alone.

    Seen by: whoever works on the project, which the caller has read with the account that asks.
    """
    found = await connection.execute(
        _SUMMED,
        {
            "device_id": device_id,
            "every": EVERY[every],
            "begins": begins,
            "ends": ends,
            "limit": limit + 1,
        },
    )
    return [SummedView(**row) for row in found.mappings()]


_SERIES = text("""
SELECT name, quantity, unit, total,
       array_agg(at ORDER BY at) AS moments, array_agg(value ORDER BY at) AS numbers,
       array_agg(flag ORDER BY at) AS flags
  FROM (
    SELECT d.name, d.quantity, d.unit, r.measured_at AS at, r.value, r.quality_flag AS flag,
           count(*) OVER same AS total, row_number() OVER (PARTITION BY d.id ORDER BY r.measured_at DESC) AS place
      FROM devices d JOIN readings r ON r.device_id = d.id
     WHERE d.project_id = :project_id
       AND NOT EXISTS (SELECT FROM readings later WHERE later.device_id = r.device_id
                          AND later.sequence = r.sequence AND later.revision > r.revision)
    WINDOW same AS (PARTITION BY d.id)
    UNION ALL
    SELECT o.record ->> 'series', o.record ->> 'quantity', o.record ->> 'unit',
           (o.record ->> 'time')::timestamptz, (o.record ->> 'value')::numeric, 'not_evaluated',
           count(*) OVER same,
           row_number() OVER (same ORDER BY (o.record ->> 'time')::timestamptz DESC)
      FROM ingestions i JOIN ingested_records o ON o.ingestion_id = i.id AND o.kind = 'observation'
     WHERE i.project_id = :project_id AND i.status IN ('accepted', 'accepted_with_warnings', 'partly_accepted')
    WINDOW same AS (PARTITION BY o.record ->> 'series', o.record ->> 'quantity', o.record ->> 'unit')
  ) one
 WHERE place <= :points
 GROUP BY name, quantity, unit, total
 ORDER BY name, quantity, unit
 LIMIT :series
""")


async def series_of(
    connection: AsyncConnection, project_id: UUID, *, series: int, points: int
) -> Sequence[SeriesView]:
    """
    What instruments sent and accepted files brought, as it is drawn: at most so many series, of each the newest points.

    Seen by: whoever works on the project, which the caller has read with the account that asks.
    """
    found = await connection.execute(
        _SERIES, {"project_id": project_id, "series": series, "points": points}
    )
    return [
        SeriesView(
            row["name"],
            row["quantity"],
            row["unit"],
            [
                (at, None if value is None else float(value), flag)
                for at, value, flag in zip(
                    row["moments"], row["numbers"], row["flags"], strict=True
                )
            ],
            row["total"],
        )
        for row in found.mappings()
    ]
