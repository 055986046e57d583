"""Devices of projects, and what they measured."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.monitoring.readings import QualityFlag

devices = Table(
    "devices",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "project_id",
        ForeignKey("projects.id"),
        nullable=False,
        comment="Whose monitoring it serves.",
    ),
    Column("name", String(100), nullable=False, comment="By which its readings name it."),
    Column("quantity", String(100), nullable=False, comment="What it measures, as `temperature`."),
    Column("unit", String(40), nullable=False, comment="Of its values; of a pH the scale."),
    Column("instrument", String(200), nullable=False, comment="Maker and serial number."),
    Column(
        "calibration",
        String(500),
        comment="Under which it measures; a new one is a new device.",
    ),
    Column("latitude", Float, comment="Degrees north, WGS 84; NULL: not told."),
    Column("longitude", Float, comment="Degrees east, WGS 84; NULL: not told."),
    Column(
        "registered_by",
        ForeignKey("users.id"),
        nullable=False,
        comment="Who acts for the supplier.",
    ),
    Column("registered_at", Moment, nullable=False, comment="When it was."),
    CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="place_whole"),
    CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude_on_globe"),
    CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude_on_globe"),
    UniqueConstraint("project_id", "name", name="uq_devices_project_id_name"),
    comment="Instruments of projects, one for each quantity that they measure (ADR 0104). Rows never change.",
)

readings = Table(
    "readings",
    metadata,
    Column("device_id", ForeignKey("devices.id"), primary_key=True, comment="What measured it."),
    Column(
        "sequence",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="The device's own number for it.",
    ),
    Column(
        "revision",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="From 1; the highest of a number counts, the others stay.",
    ),
    Column("measured_at", Moment, nullable=False, comment="By the device's clock."),
    Column("value", Numeric, comment="In the device's unit; NULL: flagged missing."),
    Column("uncertainty", Numeric, comment="Standard uncertainty, in that unit; NULL: not told."),
    Column(
        "quality_flag",
        String(20),
        nullable=False,
        comment="Of QARTOD; fail and missing never count.",
    ),
    Column("received_at", Moment, nullable=False, comment="When its batch came in."),
    one_of("quality_flag", QualityFlag),
    CheckConstraint("(value IS NULL) = (quality_flag = 'missing')", name="value_unless_missing"),
    CheckConstraint("revision > 0 AND sequence >= 0", name="counted"),
    CheckConstraint("uncertainty >= 0", name="uncertainty_natural"),
    Index("ix_readings_in_time", "device_id", "measured_at", "sequence", "revision"),
    comment="What devices measured, with every revision of it (ADR 0104). Rows never change.",
)
