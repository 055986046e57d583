"""Registering a project, which also opens its verification."""

from datetime import date
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.roles import Permission
from domain.audit.log import AuditEntry
from domain.identifiers import derived_id
from domain.projects.projects import Coordinates, Project, ProjectStatus, ProjectType
from domain.projects.verification import EventType, TimelineEvent, Verification, VerificationStatus
from domain.publishing import events
from domain.quantities import format_tonnes


class ProjectPayload(Payload):
    """What a supplier says of a project; `emissions_target_units` is in units of 0.01 t CO2e."""

    title: str
    type: ProjectType
    description: str
    location: str
    country: str
    latitude: str
    longitude: str
    emissions_target_units: int
    start_date: date


class RegisterProject(Payload):
    """The body is the draft `project_id`."""

    project_id: UUID
    verification_id: UUID
    developer_id: UUID


class ProjectRegistered(Payload):
    project_id: UUID
    verification_id: UUID


class ProjectActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def register_project(self, request: RegisterProject) -> ProjectRegistered:
        """
        Save a project from its draft and open its verification, in one transaction.

        Refuses (Forbidden) an account that may not register projects.
        """
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"register-project/{request.project_id}",
                ProjectRegistered,
                lambda: self._register(work, request),
            )

    async def _register(self, work: UnitOfWork, request: RegisterProject) -> ProjectRegistered:
        now = self._clock.now()
        developer = await lookups.account(work, request.developer_id)
        developer.require(Permission.REGISTER_PROJECT)
        body = lookups.found(await work.requests.stored_requests.body(request.project_id), "draft")
        draft = ProjectPayload.model_validate(body)
        project = Project(
            id=request.project_id,
            developer_id=developer.id,
            title=draft.title,
            type=draft.type,
            description=draft.description,
            location=draft.location,
            country=draft.country,
            coordinates=Coordinates(draft.latitude, draft.longitude),
            emissions_target_units=draft.emissions_target_units,
            start_date=draft.start_date,
            status=ProjectStatus.PENDING,
            created_at=now,
            updated_at=now,
        )
        verification = Verification(
            id=request.verification_id,
            project_id=project.id,
            developer_id=developer.id,
            status=VerificationStatus.PENDING,
            submitted_at=now,
            updated_at=now,
        )
        await work.projects.projects.add(project)
        await work.projects.verifications.add(verification)
        await work.publishing.outbox.add(events.project_registered(project, verification.id))
        await work.projects.verifications.add_event(
            TimelineEvent(
                id=derived_id(verification.id, EventType.PROJECT_REGISTERED),
                verification_id=verification.id,
                event_type=EventType.PROJECT_REGISTERED,
                message="The project was registered and its verification opened.",
                user_id=developer.id,
                created_at=now,
            )
        )
        work.audit.add(
            AuditEntry(
                event_type="project.registered",
                action="register",
                user_id=developer.id,
                resource_type="project",
                resource_id=project.id,
                changes={
                    "before": None,
                    "after": {
                        "status": project.status.value,
                        "verificationId": str(verification.id),
                        "emissionsTarget": format_tonnes(project.emissions_target_units),
                    },
                },
                at=now,
            )
        )
        return ProjectRegistered(project_id=project.id, verification_id=verification.id)
