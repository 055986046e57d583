"""Offers, read: one's own, and what everybody may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Uuid,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import bears_label, verified_by
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import offers, projects
from domain.accounts.roles import Account
from domain.credits.reservation import Offer

# What is public of `offers` (migration 0050): a view, as those of adapters/postgres/public_rows.py.
_OFFERED = Table(
    "public_offers",
    MetaData(),
    Column("id", Uuid),
    Column("project_id", Uuid),
    Column("vintage", Integer),
    Column("offered_at", DateTime(timezone=True)),
    Column("available_units", BigInteger),
    Column("serial", String),
    Column("largest_units", BigInteger),
    Column("holder_role", String),
    Column("holder_name", String),
)


@dataclass(frozen=True)
class OfferView:
    """
    What a holder has of a project's vintage, for everybody: `available_units` in all, in 0.01 t.

    `serial` is the largest entry of it, with `largest_units`: so much can be had in one piece.
    `holder_name` None: whom one asks stands nowhere in public, and the registry passes the question on.
    """

    id: UUID
    project_id: UUID
    project_number: int
    project_title: str
    project_type: str
    country: str
    vintage: int
    available_units: int
    serial: str
    largest_units: int
    holder_role: str
    holder_name: str | None
    offered_at: datetime


@dataclass(frozen=True)
class OfferFilter:
    """None leaves a field open; `quantity_units_min` is of the sum that is available, `methodology_id` of any round, `label` of its vintage today."""

    project_id: UUID | None = None
    vintage: int | None = None
    type: str | None = None
    country: str | None = None
    quantity_units_min: int | None = None
    methodology_id: UUID | None = None
    label: str | None = None


@dataclass(frozen=True)
class OfferSums:
    offers: int
    available_units: int


async def offers_page(
    connection: AsyncConnection, chosen: OfferFilter, page: PageRequest
) -> Sequence[OfferView]:
    """Seen by: everybody."""
    by = (_OFFERED.c.offered_at, _OFFERED.c.id)
    rows = await read_page(connection, _offered(chosen), page, by)
    return [OfferView(**row) for row in rows]


async def offer_sums(connection: AsyncConnection, chosen: OfferFilter) -> OfferSums:
    """
    Of all that fit, however many a page shows.

    Seen by: everybody.
    """
    listed = _offered(chosen).subquery()
    available = func.coalesce(func.sum(listed.c.available_units), 0).cast(BigInteger)
    query: Any = select(func.count().label("offers"), available.label("available_units"))
    row = await read_one(connection, query.select_from(listed))
    return OfferSums(**row) if row else OfferSums(0, 0)


async def offered(connection: AsyncConnection, offer_id: UUID) -> OfferView | None:
    """
    None: there is none that stands, or nothing of it is left.

    Seen by: everybody.
    """
    row = await read_one(connection, _offered(OfferFilter()).where(_OFFERED.c.id == offer_id))
    return OfferView(**row) if row else None


async def vintages_offered(connection: AsyncConnection) -> Sequence[int]:
    """Seen by: everybody."""
    found = await connection.execute(
        select(_OFFERED.c.vintage).distinct().order_by(_OFFERED.c.vintage.desc())
    )
    return found.scalars().all()


async def offers_of(connection: AsyncConnection, *, account: Account) -> Sequence[Offer]:
    """
    Those that stand, also where nothing is left to be had.

    Seen by: the holder.
    """
    query = (
        select(offers)
        .where(offers.c.holder_id == account.acts_for, offers.c.ended_at.is_(None))
        .order_by(offers.c.offered_at, offers.c.id)
    )
    return [value_of(Offer, row) for row in (await connection.execute(query)).mappings()]


async def offer_of(
    connection: AsyncConnection, offer_id: UUID, *, account: Account
) -> Offer | None:
    """
    Also one that was taken back.

    Seen by: the holder.
    """
    query = select(offers).where(offers.c.id == offer_id, offers.c.holder_id == account.acts_for)
    row = await read_one(connection, query)
    return value_of(Offer, row) if row else None


def _offered(chosen: OfferFilter) -> Select[Any]:
    query = select(
        _OFFERED,
        projects.c.number.label("project_number"),
        projects.c.title.label("project_title"),
        projects.c.type.label("project_type"),
        projects.c.country,
    ).join(projects, projects.c.id == _OFFERED.c.project_id)
    for column, value in (
        (_OFFERED.c.project_id, chosen.project_id),
        (_OFFERED.c.vintage, chosen.vintage),
        (projects.c.type, chosen.type),
        (projects.c.country, chosen.country),
    ):
        if value is not None:
            query = query.where(column == value)
    if chosen.methodology_id is not None:
        query = query.where(verified_by(chosen.methodology_id))
    if chosen.label is not None:
        query = query.where(bears_label(chosen.label, vintage=_OFFERED.c.vintage))
    if chosen.quantity_units_min is not None:
        query = query.where(_OFFERED.c.available_units >= chosen.quantity_units_min)
    return query
