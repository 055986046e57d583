"""Monitoring data, read: devices and readings, boundaries, quantifications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.monitoring.quantifications import quantification_from
from adapters.postgres.public_rows import public_boundaries, public_quantifications
from adapters.postgres.queries import read_one
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    boundary_overlaps,
    devices,
    project_boundaries,
    projects,
    quantification_inputs,
    quantifications,
    sampling_points,
)
from adapters.postgres.tables.monitoring.boundaries import BoxColumn
from adapters.postgres.visibility import sees_duplicates
from domain.accounts.roles import Account
from domain.monitoring.boundaries import Boundary, Box, SamplingPoint
from domain.monitoring.quantifications import Quantification
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
class PublicBoundaryView:
    project_id: UUID
    geometry: Mapping[str, Any]
    area_hectares: float
    set_at: datetime


@dataclass(frozen=True)
class PublicQuantificationView:
    """What an approval for good is bound to; `content` is the document of its inputs."""

    verification_id: UUID
    project_id: UUID
    round: int
    number: int
    calculation: str
    calculation_version: int
    period_from: date
    period_to: date
    inputs_sha256: str
    result: Mapping[str, Any]
    computed_at: datetime
    completed_at: datetime
    quantification_sha256: str
    content: bytes


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


async def boundary(connection: AsyncConnection, project_id: UUID) -> Boundary | None:
    """Seen by: whoever works on the project, which the caller has read with the account that asks."""
    query = select(project_boundaries).where(
        project_boundaries.c.is_newest, project_boundaries.c.project_id == project_id
    )
    row = await read_one(connection, query)
    return value_of(Boundary, row) if row else None


async def sampling_points_of(
    connection: AsyncConnection, project_id: UUID
) -> Sequence[SamplingPoint]:
    """Seen by: whoever works on the project, which the caller has read with the account that asks."""
    found = await connection.execute(
        select(sampling_points)
        .where(sampling_points.c.project_id == project_id)
        .order_by(sampling_points.c.name)
    )
    return [value_of(SamplingPoint, row) for row in found.mappings()]


@dataclass(frozen=True)
class OverlapView:
    """As `Overlap`, with the other project's title."""

    other_project_id: UUID
    title: str
    share: float
    area_hectares: float


async def overlaps(
    connection: AsyncConnection, project_id: UUID, *, account: Account
) -> Sequence[OverlapView] | None:
    """Seen by: whoever decides verifications; None for others."""
    if not sees_duplicates(account):
        return None
    found = await connection.execute(
        select(
            boundary_overlaps.c.other_project_id,
            projects.c.title,
            boundary_overlaps.c.share,
            boundary_overlaps.c.area_hectares,
        )
        .join(projects, projects.c.id == boundary_overlaps.c.other_project_id)
        .where(boundary_overlaps.c.project_id == project_id)
        .order_by(boundary_overlaps.c.share.desc(), boundary_overlaps.c.other_project_id)
    )
    return [OverlapView(**row) for row in found.mappings()]


_BOUNDARY_COLUMNS = [public_boundaries.c[name] for name in PublicBoundaryView.__annotations__]


async def public_boundary(
    connection: AsyncConnection, project_id: UUID
) -> PublicBoundaryView | None:
    """Seen by: everybody."""
    query = select(*_BOUNDARY_COLUMNS).where(public_boundaries.c.project_id == project_id)
    row = await read_one(connection, query)
    return PublicBoundaryView(**row) if row else None


async def boundaries_in(
    connection: AsyncConnection, box: Box, *, limit: int
) -> Sequence[PublicBoundaryView]:
    """
    Newest boundaries whose own boxes meet this one, by an index; the largest first. Who asks looks at each exactly.

    Seen by: everybody.
    """
    meets = public_boundaries.c.box.op("&&")(literal(box, BoxColumn()))
    found = await connection.execute(
        select(*_BOUNDARY_COLUMNS)
        .where(meets)
        .order_by(public_boundaries.c.area_hectares.desc(), public_boundaries.c.project_id)
        .limit(limit)
    )
    return [PublicBoundaryView(**row) for row in found.mappings()]


async def newest_quantification(
    connection: AsyncConnection, verification_id: UUID
) -> Quantification | None:
    """Seen by: whoever may see the verification, which the caller has read with the account that asks."""
    query = (
        select(quantifications)
        .where(quantifications.c.verification_id == verification_id)
        .order_by(quantifications.c.number.desc())
        .limit(1)
    )
    row = await read_one(connection, query)
    return quantification_from(row) if row else None


async def inputs(connection: AsyncConnection, sha256: str) -> bytes:
    """
    A document of inputs; empty where there is none.

    Seen by: whoever may see the verification, which the caller has read with the account that asks.
    """
    row = await read_one(
        connection,
        select(quantification_inputs.c.content).where(quantification_inputs.c.sha256 == sha256),
    )
    return bytes(row["content"]) if row else b""


async def public_quantification(
    connection: AsyncConnection, verification_id: UUID
) -> PublicQuantificationView | None:
    """
    None as long as the round is not approved for good, and where it rests on no quantification.

    Seen by: everybody.
    """
    query = select(public_quantifications).where(
        public_quantifications.c.verification_id == verification_id
    )
    row = await read_one(connection, query.order_by(public_quantifications.c.computed_at).limit(1))
    return (
        PublicQuantificationView(**(dict(row) | {"content": bytes(row["content"])}))
        if row
        else None
    )


async def public_quantifications_of(
    connection: AsyncConnection, project_id: UUID
) -> Sequence[PublicQuantificationView]:
    """
    Of each round of a project that is approved for good and rests on one, the newest round first.

    Seen by: everybody.
    """
    found = await connection.execute(
        select(public_quantifications)
        .where(public_quantifications.c.project_id == project_id)
        .order_by(public_quantifications.c.round.desc())
        .limit(10)
    )
    return [
        PublicQuantificationView(**(dict(row) | {"content": bytes(row["content"])}))
        for row in found.mappings()
    ]
