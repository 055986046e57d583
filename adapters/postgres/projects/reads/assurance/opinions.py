"""Validation opinions and technical reviews, read: whole by those who work on the round, in part by everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.organisations.reads import OrganisationMemberView, members_of
from adapters.postgres.projects.assurance.opinions import opinion_from, terms_from
from adapters.postgres.projects.verification import verification_from
from adapters.postgres.queries import read_one
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    organisation_members,
    projects,
    round_assignments,
    technical_reviews,
    users,
    validation_opinions,
    verification_requests,
)
from domain.accounts.roles import Account, Role
from domain.projects.assurance.assignments import RoundAssignment, RoundTask
from domain.projects.assurance.technical_review import TechnicalReview
from domain.projects.assurance.validation import ValidationOpinion, ValidationTerms
from domain.projects.verification import Verification, VerificationStatus

TASKS_MAX = 100


@dataclass(frozen=True)
class PublicValidationView:
    """What everybody reads of the opinion on an approved project's design."""

    verification_id: UUID
    version: int
    terms: ValidationTerms
    body: str | None
    accreditation: str | None
    sha256: str
    written_at: datetime


@dataclass(frozen=True)
class TaskedRoundView:
    """A round in which somebody validates or reviews; `task_is_done` by a version that they answered for."""

    task: RoundTask
    verification: Verification
    title: str
    country: str
    given_at: datetime


_PUBLIC = text(
    """
    SELECT verification_id, version, boundary, baseline, additionality, monitoring_plan, assurance, opinion,
           opinion_basis, body, accreditation, sha256, written_at
      FROM public_validation_opinions
     WHERE project_id = :project_id ORDER BY number DESC LIMIT 1
    """
)


async def public_validation(
    connection: AsyncConnection, project_id: UUID
) -> PublicValidationView | None:
    """
    None as long as the project is not approved for good, and where nobody validated it.

    Seen by: everybody.
    """
    found = await connection.execute(_PUBLIC, {"project_id": project_id})
    row = found.mappings().one_or_none()
    return None if row is None else value_of(PublicValidationView, row, terms=terms_from(row))


async def newest_validation(
    connection: AsyncConnection, verification_id: UUID
) -> ValidationOpinion | None:
    """Seen by: whoever may see the verification, which the caller has read with the account that asks."""
    query = (
        select(validation_opinions)
        .where(validation_opinions.c.verification_id == verification_id)
        .order_by(validation_opinions.c.version.desc())
        .limit(1)
    )
    row = await read_one(connection, query)
    return opinion_from(row) if row else None


async def assignment_of(
    connection: AsyncConnection, verification_id: UUID, task: RoundTask
) -> RoundAssignment | None:
    """Seen by: whoever may see the verification, which the caller has read with the account that asks."""
    query = select(round_assignments).where(
        round_assignments.c.verification_id == verification_id,
        round_assignments.c.task == task.value,
    )
    row = await read_one(connection, query)
    return value_of(RoundAssignment, row) if row else None


async def technical_reviews_of(
    connection: AsyncConnection, verification_id: UUID
) -> Sequence[TechnicalReview]:
    """
    The oldest first.

    Seen by: whoever may see the verification, which the caller has read with the account that asks.
    """
    query = (
        select(technical_reviews)
        .where(technical_reviews.c.verification_id == verification_id)
        .order_by(technical_reviews.c.statement_version)
    )
    rows = await connection.execute(query)
    return [value_of(TechnicalReview, row) for row in rows.mappings()]


async def colleagues_of(
    connection: AsyncConnection, account: Account
) -> Sequence[OrganisationMemberView]:
    """
    The other verifiers of an account's organisation.

    Seen by: who acts for it.
    """
    member = organisation_members.c
    organisation_id = (
        await connection.execute(
            select(member.organisation_id).where(
                member.user_id == account.id, member.left_at.is_(None)
            )
        )
    ).scalar_one_or_none()
    if organisation_id is None:
        return []
    roles = await connection.execute(
        select(users.c.id).where(users.c.role == Role.VERIFIER.value, users.c.locked_at.is_(None))
    )
    verifiers = set(roles.scalars())
    members = await members_of(connection, organisation_id)
    return [one for one in members if one.user_id != account.id and one.user_id in verifiers]


async def open_tasks(connection: AsyncConnection, account: Account) -> Sequence[TaskedRoundView]:
    """
    Rounds that are not decided, in which somebody validates or reviews; those that were given first, first.

    Seen by: the account itself.
    """
    undecided = [VerificationStatus.PENDING.value, VerificationStatus.IN_REVIEW.value]
    query = _tasked(account).where(verification_requests.c.status.in_(undecided))
    rows = await connection.execute(
        query.order_by(round_assignments.c.given_at, round_assignments.c.verification_id).limit(
            TASKS_MAX
        )
    )
    return [
        TaskedRoundView(
            RoundTask(row["task"]),
            verification_from(row),
            row["title"],
            row["country"],
            row["given_at"],
        )
        for row in rows.mappings()
    ]


def _tasked(account: Account) -> Select[Any]:
    return (
        select(
            *verification_requests.c,
            projects.c.title,
            projects.c.country,
            round_assignments.c.task,
            round_assignments.c.given_at,
        )
        .join(round_assignments, round_assignments.c.verification_id == verification_requests.c.id)
        .join(projects, projects.c.id == verification_requests.c.project_id)
        .where(round_assignments.c.user_id == account.id)
    )
