"""Where projects lie, where their samples are taken, and whose boundaries overlap."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

from adapters.postgres.tables.schema import Moment, metadata
from domain.monitoring.boundaries import Box


class BoxColumn(UserDefinedType[Box]):
    """PostgreSQL's own `box`; its x is the longitude, its y the latitude."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "BOX"

    def bind_processor(self, dialect: Any) -> Callable[[Box | None], Any]:  # noqa: ARG002 -- SQLAlchemy's own shape
        return as_box


def as_box(box: Box | None) -> Any:
    """As asyncpg takes it: the upper right corner first."""
    if box is None:
        return None
    from asyncpg.types import Box as Corners  # noqa: PLC0415 -- the driver's own, for its parameters alone

    return Corners((box.east, box.north), (box.west, box.south))


# So that a database is compared with these tables, type by type.
ischema_names["box"] = BoxColumn

project_boundaries = Table(
    "project_boundaries",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True, comment="What lies in it."),
    Column(
        "number",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="Counts those of a project from 1.",
    ),
    Column(
        "geometry",
        JSONB,
        nullable=False,
        comment="GeoJSON Polygon or MultiPolygon: longitude first, WGS 84.",
    ),
    Column("area_hectares", Float, nullable=False, comment="On the globe."),
    Column("box", BoxColumn, nullable=False, comment="Around it, in degrees; x is the longitude."),
    Column("is_newest", Boolean, nullable=False, comment="False: another one has followed."),
    Column("set_by", ForeignKey("users.id"), nullable=False, comment="Who acts for the supplier."),
    Column("set_at", Moment, nullable=False, comment="When it was drawn so."),
    CheckConstraint("number > 0", name="counted_from_one"),
    Index(
        "ix_project_boundaries_box",
        "box",
        postgresql_using="gist",
        postgresql_where=text("is_newest"),
    ),
    Index(
        "uq_project_boundaries_newest",
        "project_id",
        unique=True,
        postgresql_where=text("is_newest"),
    ),
    comment="Where projects lie; the newest counts, the others stay (ADR 0104).",
)

sampling_points = Table(
    "sampling_points",
    metadata,
    Column(
        "project_id",
        ForeignKey("projects.id"),
        primary_key=True,
        comment="Whose samples are taken there.",
    ),
    Column("name", String(100), primary_key=True, comment="By which people know it."),
    Column("latitude", Float, nullable=False, comment="Degrees north, WGS 84."),
    Column("longitude", Float, nullable=False, comment="Degrees east, WGS 84."),
    CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude_on_globe"),
    CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude_on_globe"),
    comment="Where samples of a project are taken; replaced as a whole. For those who work on it.",
)

boundary_overlaps = Table(
    "boundary_overlaps",
    metadata,
    Column(
        "project_id",
        ForeignKey("projects.id"),
        primary_key=True,
        comment="Of each pair there are two rows.",
    ),
    Column(
        "other_project_id",
        ForeignKey("projects.id"),
        primary_key=True,
        index=True,
        comment="With whose boundary it overlaps.",
    ),
    Column("share", Float, nullable=False, comment="Of the project's own area, 0 to 1."),
    Column("area_hectares", Float, nullable=False, comment="That both have."),
    Column("found_at", Moment, nullable=False, comment="When the newer boundary was drawn."),
    CheckConstraint("project_id <> other_project_id", name="two_projects"),
    comment="Projects whose newest boundaries overlap. For staff and verifiers.",
)
