"""Likely duplicates of a project as JSON, for staff and verifiers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.projects.reads.duplicates import LikelyDuplicateView
from api.http.schema import ResponseSchema
from api.rest.projects.examples.projects import LIKELY_DUPLICATE
from domain.projects.projects import ProjectStatus

LIKELY_DUPLICATES: Any = Field(
    description="Projects that may be the same one, at most 20; null for suppliers."
)


class LikelyDuplicateResponse(ResponseSchema):
    """Another project that has the title, or type, place and time; `explanation` is the approval's."""

    model_config = ConfigDict(json_schema_extra={"examples": [LIKELY_DUPLICATE]})

    project_id: UUID
    title: str
    status: ProjectStatus
    same_title: bool
    same_place: bool
    distance_meters: int
    explanation: str | None


def duplicate_responses(
    duplicates: Sequence[LikelyDuplicateView] | None,
) -> list[LikelyDuplicateResponse] | None:
    if duplicates is None:
        return None
    return [LikelyDuplicateResponse(**vars(duplicate)) for duplicate in duplicates]
