"""What is corrected in the certificates of retirements, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from adapters.postgres.tables import certificate_corrections, retirements


@dataclass(frozen=True)
class CorrectionView:
    """Of the seal with this `digest`: what it says at `pointer` (RFC 6901), and what is right."""

    digest: str
    pointer: str
    stated: str | None
    correct: str | None
    reason: str
    corrected_at: datetime


_OF = certificate_corrections.c
_AS_OBJECT = func.json_build_object(
    "digest", _OF.digest,
    "pointer", _OF.pointer,
    "stated", _OF.stated,
    "correct", _OF.correct,
    "reason", _OF.reason,
    "corrected_at", _OF.corrected_at,
)  # fmt: skip


def corrections_of(retirement_id: Any) -> ScalarSelect[Any]:
    """A column for a query that has this one: all corrections as one value, so that a list stays one statement."""
    return (
        select(func.json_agg(aggregate_order_by(_AS_OBJECT, _OF.corrected_at, _OF.pointer)))
        .where(_OF.retirement_id == retirement_id)
        .scalar_subquery()
    )


CORRECTIONS = corrections_of(retirements.c.id).label("corrections")


def corrections_from(value: Sequence[dict[str, Any]] | None) -> Sequence[CorrectionView]:
    """Oldest first."""
    return [
        CorrectionView(**{**one, "corrected_at": datetime.fromisoformat(one["corrected_at"])})
        for one in value or ()
    ]
