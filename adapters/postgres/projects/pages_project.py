"""What the page of one project reads: facts, timeline, evidence, credit entries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import After, cursor, first, read, where
from domain.projects.documents import DocumentType
from domain.projects.verification import ADDED_BY_PEOPLE


@dataclass(frozen=True)
class PublicProjectView:
    """A project with its verification. Coordinates are decimal text, as they were registered."""

    id: UUID
    number: int
    title: str
    type: str
    description: str
    location: str
    country: str
    latitude: str
    longitude: str
    emissions_target_units: int
    start_date: date
    status: str
    created_at: datetime
    updated_at: datetime
    developer_id: UUID
    developer_company: str | None
    verification_id: UUID
    verification_status: str
    verifier_company: str | None
    completed_at: datetime | None
    verified_quantity_units: int | None
    vintage: int | None
    sign_off_digest: str | None
    needs_countersignature: bool
    countersigned_at: datetime | None


async def project(connection: AsyncConnection, project_id: UUID) -> PublicProjectView | None:
    sql = """
        SELECT p.id, p.number, p.title, p.type, p.description, p.location, p.country,
               trim_scale(p.latitude)::text AS latitude, trim_scale(p.longitude)::text AS longitude,
               p.emissions_target_units, p.start_date, p.status, p.created_at, p.updated_at,
               p.developer_id, d.company AS developer_company,
               v.id AS verification_id, v.status AS verification_status,
               w.company AS verifier_company, v.completed_at, v.verified_quantity_units, v.vintage,
               v.sign_off_digest, v.needs_countersignature, v.countersigned_at
          FROM projects p
          JOIN users d ON d.id = p.developer_id
          JOIN verification_requests v ON v.project_id = p.id
          LEFT JOIN users w ON w.id = v.verifier_id
         WHERE p.id = :project_id
    """
    return first(await read(connection, PublicProjectView, sql, project_id=project_id))


@dataclass(frozen=True)
class TimelineStep:
    """`actor_role` None means the registry itself acted."""

    event_type: str
    message: str
    actor_role: str | None
    created_at: datetime


async def timeline(connection: AsyncConnection, verification_id: UUID) -> Sequence[TimelineStep]:
    """Oldest first, as it is told; what people wrote themselves is for those who work on the project."""
    sql = """
        SELECT e.event_type, u.role AS actor_role, e.created_at,
               CASE WHEN e.event_type = ANY(:written_by_people) THEN '' ELSE e.message END AS message
          FROM verification_events e LEFT JOIN users u ON u.id = e.user_id
         WHERE e.verification_id = :verification_id ORDER BY e.created_at, e.id
    """
    return await read(
        connection,
        TimelineStep,
        sql,
        verification_id=verification_id,
        written_by_people=[event_type.value for event_type in ADDED_BY_PEOPLE],
    )


@dataclass(frozen=True)
class EvidenceView:
    """A completed document; `name`, `mime_type` and `file_size` (bytes) are None unless it is public."""

    id: UUID
    document_type: DocumentType
    disclosure: str
    sha256: str
    completed_at: datetime
    name: str | None
    mime_type: str | None
    file_size: int | None


async def evidence(connection: AsyncConnection, project_id: UUID) -> Sequence[EvidenceView]:
    sql = """
        SELECT id, document_type, disclosure, sha256, completed_at,
               CASE WHEN disclosure = 'public' THEN name END AS name,
               CASE WHEN disclosure = 'public' THEN mime_type END AS mime_type,
               CASE WHEN disclosure = 'public' THEN file_size END AS file_size
          FROM documents
         WHERE project_id = :project_id AND status = 'completed' ORDER BY completed_at, id
    """
    found = await read(connection, EvidenceView, sql, project_id=project_id)
    return [replace(line, document_type=DocumentType(line.document_type)) for line in found]


@dataclass(frozen=True)
class Entry:
    id: UUID
    serial: str
    status: str
    quantity_units: int
    vintage: int
    first_unit: int
    last_unit: int
    parent_serial: str | None
    retirement_id: UUID | None
    last_action_at: datetime


async def project_entries(
    connection: AsyncConnection, project_id: UUID, *, limit: int, after: After | None = None
) -> Sequence[Entry]:
    ours = where(["e.project_id = :project_id"], after, "e.last_action_at", "e.id")
    sql = f"""
        SELECT e.id, e.serial, e.status, e.quantity_units, e.vintage, lower(e.units) AS first_unit,
               upper(e.units) - 1 AS last_unit, parent.serial AS parent_serial, t.retirement_id,
               e.last_action_at
          FROM credit_entries e
          LEFT JOIN credit_entries parent ON parent.id = e.parent_id
          LEFT JOIN credit_transactions t ON t.result_entry_id = e.id AND t.type = 'retirement'
          {ours} ORDER BY e.last_action_at DESC, e.id DESC LIMIT :limit
    """  # noqa: S608 — put together from constants; values are bound
    return await read(connection, Entry, sql, project_id=project_id, limit=limit, **cursor(after))
