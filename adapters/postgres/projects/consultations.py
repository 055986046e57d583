"""Consultations, comments and answers, written, and read back as the rules see them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    consultation_answers,
    consultation_comments,
    consultation_hidings,
    consultations,
)
from domain.accounts.roles import Role
from domain.projects.programme.consultations import Comment, CommentAnswer, Consultation

_OF_A_COMMENT = ("id", "consultation_id", "number", "name", "text", "written_at")


class PostgresConsultations:
    """`activities.ports.projects.Consultations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, consultation: Consultation) -> None:
        await self._connection.execute(insert(consultations).values(row_of(consultation)))

    async def of_project(self, project_id: UUID) -> Consultation | None:
        query = select(consultations).where(consultations.c.project_id == project_id)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return value_of(Consultation, row) if row else None

    async def comments(self, consultation_id: UUID) -> Sequence[Comment]:
        answers, hidings = consultation_answers.c, consultation_hidings.c
        query = (
            select(
                *consultation_comments.c,
                answers.text.label("answer_text"),
                answers.by_role,
                answers.answered_by,
                answers.answered_at,
                hidings.hidden_at,
                hidings.hidden_by,
                hidings.reason.label("hidden_reason"),
            )
            .outerjoin(consultation_answers, answers.comment_id == consultation_comments.c.id)
            .outerjoin(consultation_hidings, hidings.comment_id == consultation_comments.c.id)
            .where(consultation_comments.c.consultation_id == consultation_id)
            .order_by(consultation_comments.c.number)
        )
        rows = await self._connection.execute(query)
        return [value_of(Comment, row, answer=_answer_from(row)) for row in rows.mappings()]

    async def add_comment(self, comment: Comment) -> None:
        row = row_of(comment)
        values = {name: row[name] for name in _OF_A_COMMENT}
        await self._connection.execute(insert(consultation_comments).values(values))

    async def answer(self, answer: CommentAnswer) -> None:
        await self._connection.execute(insert(consultation_answers).values(row_of(answer)))

    async def hide(self, comment: Comment) -> None:
        await self._connection.execute(
            insert(consultation_hidings).values(
                comment_id=comment.id,
                reason=comment.hidden_reason,
                hidden_by=comment.hidden_by,
                hidden_at=comment.hidden_at,
            )
        )


def _answer_from(row: RowMapping) -> CommentAnswer | None:
    if row["answered_at"] is None:
        return None
    return CommentAnswer(
        comment_id=row["id"],
        text=row["answer_text"],
        by_role=Role(row["by_role"]),
        answered_by=row["answered_by"],
        answered_at=row["answered_at"],
    )
