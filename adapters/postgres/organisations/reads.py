"""Organisations, read: one's own, and verification bodies with their people's load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.organisations.accreditations import accreditation_from
from adapters.postgres.queries import PageRequest, first, read, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    accreditations,
    conflict_declarations,
    organisation_invitations,
    organisation_members,
    organisations,
    users,
)
from domain.accounts.roles import Role
from domain.organisations.accreditation import Accreditation, ConflictDeclaration
from domain.organisations.organisations import OrganisationKind

DECIDED_WITHIN = timedelta(days=365)


@dataclass(frozen=True)
class OrganisationView:
    """`my_role` is that of whoever asks."""

    id: UUID
    kind: str
    legal_name: str | None
    country: str | None
    registration_number: str | None
    my_role: str
    is_mine_alone: bool


@dataclass(frozen=True)
class OrganisationMemberView:
    user_id: UUID
    name: str
    email: str
    role: str
    joined_at: datetime


@dataclass(frozen=True)
class SentInvitationView:
    """`email` is what was typed, whoever has it."""

    id: UUID
    email: str
    role: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class ReceivedInvitationView:
    id: UUID
    legal_name: str | None
    country: str | None
    role: str
    expires_at: datetime


@dataclass(frozen=True)
class VerifierLoadView:
    """What a verifier has to do, and did: `decided` within the last year."""

    user_id: UUID
    organisation_id: UUID | None
    open: int
    overdue: int
    decided: int


@dataclass(frozen=True)
class BodyVerifierView:
    user_id: UUID
    name: str
    email: str


@dataclass(frozen=True)
class VerificationBodyView:
    id: UUID
    legal_name: str | None
    country: str | None
    registration_number: str | None
    created_at: datetime
    accreditations: Sequence[Accreditation] = ()
    verifiers: Sequence[BodyVerifierView] = ()
    load: Mapping[UUID, VerifierLoadView] = field(default_factory=dict)

    def with_load(self, load: Mapping[UUID, VerifierLoadView]) -> "VerificationBodyView":
        theirs = {one.user_id: load[one.user_id] for one in self.verifiers if one.user_id in load}
        return replace(self, load=theirs)

    def valid(self, *, on: date) -> list[Accreditation]:
        return [one for one in self.accreditations if one.is_valid(on=on)]

    def scope(self, *, on: date) -> list[str]:
        """Types of project that it may verify on a day."""
        return sorted({kind for one in self.valid(on=on) for kind in one.project_types})


async def my_organisation(connection: AsyncConnection, user_id: UUID) -> OrganisationView | None:
    """Seen by: who acts for it."""
    sql = """
        SELECT o.id, o.kind, o.legal_name, o.country, o.registration_number, m.role AS my_role,
               NOT EXISTS (SELECT FROM organisation_members other
                            WHERE other.organisation_id = o.id AND other.left_at IS NULL
                              AND other.user_id <> m.user_id) AS is_mine_alone
          FROM organisation_members m JOIN organisations o ON o.id = m.organisation_id
         WHERE m.user_id = :user_id AND m.left_at IS NULL
    """
    return first(await read(connection, OrganisationView, sql, user_id=user_id))


async def members_of(
    connection: AsyncConnection, organisation_id: UUID
) -> Sequence[OrganisationMemberView]:
    """Seen by: who acts for it, and staff."""
    member = organisation_members.c
    query = (
        select(
            users.c.id.label("user_id"), users.c.name, users.c.email, member.role, member.joined_at
        )
        .join(users, users.c.id == member.user_id)
        .where(member.organisation_id == organisation_id, member.left_at.is_(None))
        .order_by(member.joined_at, member.id)
    )
    found = await connection.execute(query)
    return [OrganisationMemberView(**row) for row in found.mappings()]


async def sent_invitations(
    connection: AsyncConnection, organisation_id: UUID, *, at: datetime
) -> Sequence[SentInvitationView]:
    """
    Those that wait for an answer.

    Seen by: its owners.
    """
    sent = organisation_invitations.c
    query = (
        select(sent.id, users.c.email, sent.role, sent.created_at, sent.expires_at)
        .join(users, users.c.id == sent.user_id)
        .where(sent.organisation_id == organisation_id, sent.answer.is_(None), sent.expires_at > at)
        .order_by(sent.created_at, sent.id)
    )
    found = await connection.execute(query)
    return [SentInvitationView(**row) for row in found.mappings()]


async def received_invitations(
    connection: AsyncConnection, user_id: UUID, *, at: datetime
) -> Sequence[ReceivedInvitationView]:
    """
    Those that wait for an answer.

    Seen by: who is invited.
    """
    sql = """
        SELECT i.id, o.legal_name, o.country, i.role, i.expires_at
          FROM organisation_invitations i JOIN organisations o ON o.id = i.organisation_id
         WHERE i.user_id = :user_id AND i.answer IS NULL AND i.expires_at > :at
         ORDER BY i.created_at, i.id LIMIT 100
    """
    return await read(connection, ReceivedInvitationView, sql, user_id=user_id, at=at)


async def verifier_loads(
    connection: AsyncConnection, user_ids: Sequence[UUID], *, at: datetime, overdue_before: datetime
) -> Mapping[UUID, VerifierLoadView]:
    """
    One query, however many verifiers; `overdue_before` is when a review began that is late now.

    Seen by: staff.
    """
    sql = """
        SELECT u.id AS user_id, m.organisation_id,
               count(*) FILTER (WHERE v.status = 'in_review') AS open,
               count(*) FILTER (WHERE v.status = 'in_review' AND v.assigned_at < :overdue_before)
                   AS overdue,
               count(*) FILTER (WHERE v.decided_by = u.id AND v.completed_at > :since) AS decided
          FROM users u
          LEFT JOIN organisation_members m ON m.user_id = u.id AND m.left_at IS NULL
          LEFT JOIN verification_requests v ON v.verifier_id = u.id
         WHERE u.id = ANY(:ids) AND u.role = 'verifier'
         GROUP BY u.id, m.organisation_id
    """
    found = await read(
        connection,
        VerifierLoadView,
        sql,
        ids=list(user_ids),
        overdue_before=overdue_before,
        since=at - DECIDED_WITHIN,
    )
    return {load.user_id: load for load in found}


async def verification_bodies_page(
    connection: AsyncConnection, page: PageRequest
) -> Sequence[VerificationBodyView]:
    """
    With accreditations and, but for `load`, who verifies for them.

    Seen by: staff; everybody sees those of `accredited_bodies`.
    """
    query = select(organisations).where(
        organisations.c.kind == OrganisationKind.VERIFICATION_BODY.value
    )
    by = (organisations.c.created_at, organisations.c.id)
    return await _bodies(connection, await read_page(connection, query, page, by))


async def accredited_bodies(
    connection: AsyncConnection, *, limit: int
) -> Sequence[VerificationBodyView]:
    """
    Bodies with a legal name that have or had an accreditation, by name.

    Seen by: everybody, but for `verifiers`, who are persons.
    """
    query = (
        select(organisations)
        .where(
            organisations.c.kind == OrganisationKind.VERIFICATION_BODY.value,
            organisations.c.legal_name.is_not(None),
            organisations.c.id.in_(select(accreditations.c.organisation_id)),
        )
        .order_by(organisations.c.legal_name, organisations.c.id)
        .limit(limit)
    )
    found = await connection.execute(query)
    return await _bodies(connection, found.mappings().all())


async def verification_body(
    connection: AsyncConnection, organisation_id: UUID
) -> VerificationBodyView | None:
    """Seen by: staff."""
    row = await read_one(
        connection,
        select(organisations).where(
            organisations.c.id == organisation_id,
            organisations.c.kind == OrganisationKind.VERIFICATION_BODY.value,
        ),
    )
    return (await _bodies(connection, [row]))[0] if row else None


async def declarations_of(
    connection: AsyncConnection, verification_id: UUID, *, verifier_id: UUID | None
) -> Sequence[ConflictDeclaration]:
    """
    The newest first; of one verifier, or with None of all.

    Seen by: the verifier who declared, and staff.
    """
    query = select(conflict_declarations).where(
        conflict_declarations.c.verification_id == verification_id
    )
    if verifier_id is not None:
        query = query.where(conflict_declarations.c.user_id == verifier_id)
    found = await connection.execute(
        query.order_by(
            conflict_declarations.c.declared_at.desc(), conflict_declarations.c.id
        ).limit(100)
    )
    return [value_of(ConflictDeclaration, row) for row in found.mappings()]


async def _bodies(
    connection: AsyncConnection, rows: Sequence[RowMapping]
) -> Sequence[VerificationBodyView]:
    """Three queries, however many bodies."""
    ids = [row["id"] for row in rows]
    accredited = await connection.execute(
        select(accreditations)
        .where(accreditations.c.organisation_id.in_(ids))
        .order_by(accreditations.c.valid_until.desc().nulls_last(), accreditations.c.id)
    )
    given = [accreditation_from(row) for row in accredited.mappings()]
    member = organisation_members.c
    verifiers = await connection.execute(
        select(member.organisation_id, users.c.id.label("user_id"), users.c.name, users.c.email)
        .join(users, users.c.id == member.user_id)
        .where(
            member.organisation_id.in_(ids),
            member.left_at.is_(None),
            users.c.role == Role.VERIFIER.value,
            users.c.locked_at.is_(None),
        )
        .order_by(member.joined_at, member.id)
    )
    people = verifiers.mappings().all()
    return [
        VerificationBodyView(
            id=row["id"],
            legal_name=row["legal_name"],
            country=row["country"],
            registration_number=row["registration_number"],
            created_at=row["created_at"],
            accreditations=[one for one in given if one.organisation_id == row["id"]],
            verifiers=[
                BodyVerifierView(person["user_id"], person["name"], person["email"])
                for person in people
                if person["organisation_id"] == row["id"]
            ],
        )
        for row in rows
    ]
