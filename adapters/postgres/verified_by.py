"""Which projects are verified by a methodology; a condition for lists of projects and of what is theirs."""

from uuid import UUID

from sqlalchemy import ColumnElement, select

from adapters.postgres.tables import methodology_versions, projects, verification_requests


def verified_by(methodology_id: UUID) -> ColumnElement[bool]:
    """Projects of which some round is verified by some version of a methodology."""
    rounds = select(verification_requests.c.project_id).join(
        methodology_versions,
        methodology_versions.c.id == verification_requests.c.methodology_version_id,
    )
    return projects.c.id.in_(rounds.where(methodology_versions.c.methodology_id == methodology_id))
