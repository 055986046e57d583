"""Who might be assigned a round: verifiers, the body of each, and what that is accredited for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, func, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.organisations.accreditations import accreditation_from
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    accreditations,
    organisation_members,
    organisations,
    users,
    verification_requests,
)
from domain.accounts.roles import Role
from domain.organisations.accreditation import VerifyingBody
from domain.organisations.organisations import Organisation

LOAD_COUNTED_MAX = 100
"""More than anybody has in hand; of more it is said that there are more."""


@dataclass(frozen=True)
class CandidateView:
    """
    `has_joined` is False of somebody who was invited and has not confirmed the account yet.

    `open` are the rounds that the verifier has in review, `overdue` those of them that are late; both up to
    `LOAD_COUNTED_MAX`.
    """

    user_id: UUID
    name: str
    has_joined: bool
    body: VerifyingBody
    open: int
    overdue: int


async def verifier_candidates(
    connection: AsyncConnection, *, overdue_before: datetime, limit: int
) -> Sequence[CandidateView]:
    """
    Verifiers whose account is not locked, those first who are here longest. Three statements for all.

    `overdue_before` is when a review began that is late now.

    Seen by: staff.
    """
    member, review = organisation_members.c, verification_requests.c
    first = (
        select(review.assigned_at)
        # Written out and not bound, for the partial index of reviews by verifier.
        .where(review.verifier_id == users.c.id, literal_column("status = 'in_review'", Boolean()))
        .order_by(review.assigned_at)
        .limit(LOAD_COUNTED_MAX)
        .correlate(users)
        .subquery("first")
    )
    load = select(
        func.count().label("open"),
        func.count().filter(first.c.assigned_at < overdue_before).label("overdue"),
    ).select_from(first)
    loads = load.lateral("loads")
    found = await connection.execute(
        select(
            users.c.id,
            users.c.name,
            users.c.email_verified,
            member.organisation_id,
            loads.c.open,
            loads.c.overdue,
        )
        .select_from(users)
        .join(loads, true())
        .outerjoin(organisation_members, (member.user_id == users.c.id) & member.left_at.is_(None))
        .where(users.c.role == Role.VERIFIER.value, users.c.locked_at.is_(None))
        .order_by(users.c.created_at, users.c.id)
        .limit(limit)
    )
    people = found.mappings().all()
    bodies = await _bodies(connection, {row["organisation_id"] for row in people} - {None})
    nobody = VerifyingBody(None, ())
    return [
        CandidateView(
            row["id"],
            row["name"],
            row["email_verified"],
            bodies.get(row["organisation_id"], nobody),
            row["open"],
            row["overdue"],
        )
        for row in people
    ]


async def _bodies(
    connection: AsyncConnection, organisation_ids: Collection[UUID]
) -> Mapping[UUID, VerifyingBody]:
    found = await connection.execute(
        select(organisations).where(organisations.c.id.in_(organisation_ids))
    )
    known = [value_of(Organisation, row) for row in found.mappings()]
    found = await connection.execute(
        select(accreditations).where(accreditations.c.organisation_id.in_(organisation_ids))
    )
    given = [accreditation_from(row) for row in found.mappings()]
    return {
        one.id: VerifyingBody(one, [it for it in given if it.organisation_id == one.id])
        for one in known
    }
