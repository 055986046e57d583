"""Who validates and reviews a round, and what they said, written, and read back as the rules see it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import round_assignments, technical_reviews, validation_opinions
from domain.projects.assurance.assignments import RoundAssignment, RoundTask
from domain.projects.assurance.statements import Assurance, Opinion
from domain.projects.assurance.technical_review import TechnicalReview
from domain.projects.assurance.validation import ValidationOpinion, ValidationTerms


class PostgresAssignments:
    """`activities.ports.projects.Assignments`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, verification_id: UUID, task: RoundTask) -> RoundAssignment | None:
        query = select(round_assignments).where(
            round_assignments.c.verification_id == verification_id,
            round_assignments.c.task == task.value,
        )
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return value_of(RoundAssignment, row) if row else None

    async def give(self, assignment: RoundAssignment) -> None:
        values = row_of(assignment)
        await self._connection.execute(
            insert(round_assignments)
            .values(values)
            .on_conflict_do_update(
                index_elements=["verification_id", "task"],
                set_={name: values[name] for name in ("user_id", "given_by", "given_at")},
            )
        )


class PostgresValidationOpinions:
    """`activities.ports.projects.ValidationOpinions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, opinion: ValidationOpinion) -> None:
        terms = opinion.terms
        row = vars(terms) | {
            "id": opinion.id,
            "verification_id": opinion.verification_id,
            "version": opinion.version,
            "assurance": terms.assurance.value,
            "opinion": terms.opinion.value,
            "body": opinion.body,
            "accreditation": opinion.accreditation,
            "sha256": opinion.sha256,
            "written_by": opinion.written_by,
            "written_at": opinion.written_at,
        }
        await self._connection.execute(insert(validation_opinions).values(row))

    async def newest(self, verification_id: UUID) -> ValidationOpinion | None:
        query = (
            select(validation_opinions)
            .where(validation_opinions.c.verification_id == verification_id)
            .order_by(validation_opinions.c.version.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return opinion_from(row) if row else None


class PostgresTechnicalReviews:
    """`activities.ports.projects.TechnicalReviews`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, review: TechnicalReview) -> None:
        await self._connection.execute(insert(technical_reviews).values(row_of(review)))

    async def of_round(self, verification_id: UUID) -> Sequence[TechnicalReview]:
        query = (
            select(technical_reviews)
            .where(technical_reviews.c.verification_id == verification_id)
            .order_by(technical_reviews.c.statement_version)
        )
        rows = await self._connection.execute(query)
        return [value_of(TechnicalReview, row) for row in rows.mappings()]


def opinion_from(row: RowMapping) -> ValidationOpinion:
    return value_of(ValidationOpinion, row, terms=terms_from(row))


def terms_from(row: RowMapping) -> ValidationTerms:
    return ValidationTerms(
        boundary=row["boundary"],
        baseline=row["baseline"],
        additionality=row["additionality"],
        monitoring_plan=row["monitoring_plan"],
        assurance=Assurance(row["assurance"]),
        opinion=Opinion(row["opinion"]),
        opinion_basis=row["opinion_basis"],
    )
