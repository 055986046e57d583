"""Reservations and offers, written."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import Select, select

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import offers, reservations
from adapters.postgres.write_batching import BatchingConnection
from domain.credits.reservation import Offer, Reservation

_CHANGES = ("status", "reserved_entry_id", "decided_at", "ended_at")


class PostgresReservations:
    """`activities.ports.credits.Reservations`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def add(self, reservation: Reservation) -> None:
        await self._connection.execute(insert(reservations).values(row_of(reservation)))

    async def get(self, reservation_id: UUID) -> Reservation | None:
        return await self._one(select(reservations).where(reservations.c.id == reservation_id))

    async def lock(self, reservation_id: UUID) -> Reservation | None:
        query = select(reservations).where(reservations.c.id == reservation_id)
        return await self._one(query.with_for_update())

    async def lock_of_entries(self, entry_ids: Collection[UUID]) -> Sequence[Reservation]:
        found = await self._connection.execute(
            select(reservations)
            .where(reservations.c.reserved_entry_id.in_(entry_ids))
            .order_by(reservations.c.id)
            .with_for_update()
        )
        return [value_of(Reservation, row) for row in found.mappings()]

    async def save(self, reservation: Reservation) -> None:
        row = row_of(reservation)
        await self._connection.execute(
            update(reservations)
            .where(reservations.c.id == reservation.id)
            .values({name: row[name] for name in _CHANGES})
        )

    async def _one(self, query: Select[tuple[object, ...]]) -> Reservation | None:
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return value_of(Reservation, row) if row else None


class PostgresOffers:
    """`activities.ports.credits.Offers`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def put(self, offer: Offer) -> Offer:
        standing = [offers.c.holder_id, offers.c.project_id, offers.c.vintage]
        put = await self._connection.execute(
            insert(offers)
            .values(row_of(offer))
            .on_conflict_do_update(
                index_elements=standing,
                index_where=offers.c.ended_at.is_(None),
                set_={"name_shown": offer.name_shown},
            )
            .returning(offers)
        )
        return value_of(Offer, put.mappings().one())

    async def end(self, offer_id: UUID, at: datetime) -> Offer | None:
        ended = await self._connection.execute(
            update(offers)
            .where(offers.c.id == offer_id, offers.c.ended_at.is_(None))
            .values(ended_at=at)
            .returning(offers)
        )
        row = ended.mappings().one_or_none()
        return value_of(Offer, row) if row else None
