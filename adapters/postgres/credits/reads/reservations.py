"""Reservations, read by those who asked for them and those whom they asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import public_credit_entries
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import organisations, projects, reservations
from adapters.postgres.visibility import is_party
from domain.accounts.roles import Account
from domain.credits.reservation import Reservation, ReservationStatus


@dataclass(frozen=True)
class ReservationView:
    """
    `serial` is what was asked for, `reserved_serial` what was set aside of it. `is_holder`: whoever reads it was asked.

    A holder is told which organisation asks. The holder's name is told once they have accepted: until then
    they are whoever stands in public. None: a person who acts for themselves, or not told.
    """

    reservation: Reservation
    serial: str
    reserved_serial: str | None
    project_id: UUID
    project_title: str
    vintage: int
    requester_name: str | None
    holder_name: str | None
    is_holder: bool


@dataclass(frozen=True)
class ReservationFilter:
    """None leaves it open."""

    status: str | None = None


_ASKED, _ASIDE = public_credit_entries.alias("asked"), public_credit_entries.alias("aside")
_REQUESTER, _HOLDER = organisations.alias("requester"), organisations.alias("holder")
_KNOWN_FROM = (ReservationStatus.ACCEPTED.value, ReservationStatus.FULFILLED.value)


async def reservations_page(
    connection: AsyncConnection, chosen: ReservationFilter, page: PageRequest, *, account: Account
) -> Sequence[ReservationView]:
    """Seen by: both sides, and staff."""
    query = _visible(account)
    if chosen.status is not None:
        query = query.where(reservations.c.status == chosen.status)
    by = (reservations.c.requested_at, reservations.c.id)
    return [_view(row, account) for row in await read_page(connection, query, page, by)]


async def reservation(
    connection: AsyncConnection, reservation_id: UUID, *, account: Account
) -> ReservationView | None:
    """Seen by: both sides, and staff."""
    query = _visible(account).where(reservations.c.id == reservation_id)
    row = await read_one(connection, query)
    return _view(row, account) if row else None


def _visible(account: Account) -> Select[Any]:
    knows_holder = (reservations.c.holder_id == account.acts_for) | reservations.c.status.in_(
        _KNOWN_FROM
    )
    return (
        select(
            reservations,
            _ASKED.c.serial,
            _ASIDE.c.serial.label("reserved_serial"),
            _ASKED.c.project_id,
            _ASKED.c.vintage,
            projects.c.title.label("project_title"),
            _REQUESTER.c.legal_name.label("requester_name"),
            case((knows_holder, _HOLDER.c.legal_name)).label("holder_name"),
        )
        .select_from(reservations)
        .join(_ASKED, _ASKED.c.id == reservations.c.entry_id)
        .join(projects, projects.c.id == _ASKED.c.project_id)
        .outerjoin(_ASIDE, _ASIDE.c.id == reservations.c.reserved_entry_id)
        .outerjoin(_REQUESTER, _REQUESTER.c.holding_account_id == reservations.c.requester_id)
        .outerjoin(_HOLDER, _HOLDER.c.holding_account_id == reservations.c.holder_id)
        .where(is_party(account, reservations.c.holder_id, reservations.c.requester_id))
    )


def _view(row: RowMapping, account: Account) -> ReservationView:
    found = value_of(Reservation, row)
    return ReservationView(
        found,
        row["serial"],
        row["reserved_serial"],
        row["project_id"],
        row["project_title"],
        row["vintage"],
        row["requester_name"],
        row["holder_name"],
        is_holder=found.holder_id == account.acts_for,
    )
