"""Who might be assigned a round: verifiers, the body of each, and what that is accredited for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.organisations.accreditations import accreditation_from
from adapters.postgres.rows import value_of
from adapters.postgres.tables import accreditations, organisation_members, organisations, users
from domain.accounts.roles import Role
from domain.organisations.accreditation import VerifyingBody
from domain.organisations.organisations import Organisation


@dataclass(frozen=True)
class CandidateView:
    """`has_joined` is False of somebody who was invited and has not confirmed the account yet."""

    user_id: UUID
    name: str
    has_joined: bool
    body: VerifyingBody


async def verifier_candidates(
    connection: AsyncConnection, *, limit: int
) -> Sequence[CandidateView]:
    """
    Verifiers whose account is not locked, those first who are here longest. Three statements for all.

    Seen by: staff.
    """
    member = organisation_members.c
    found = await connection.execute(
        select(users.c.id, users.c.name, users.c.email_verified, member.organisation_id)
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
