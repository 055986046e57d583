"""Registering a project, which also opens its verification."""

from datetime import date
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell_staff
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.projects.duplicates import find_duplicates, tell_of_duplicates
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Permission
from domain.identifiers import derived_id
from domain.projects.assurance.methodologies import choose_methodology, crediting_period_ends
from domain.projects.projects import (
    Coordinates,
    Project,
    ProjectStatus,
    ProjectType,
    require_start_date,
)
from domain.projects.verification import EventType, TimelineEvent, Verification, VerificationStatus
from domain.publishing import events
from domain.quantities import format_tonnes
from domain.visible_text import isolated


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
    crediting_period_ends: date | None = None
    methodology_version_id: UUID | None = None


class RegisterProject(PersonalRequest):
    """The body is the stored request `project_id`."""

    project_id: UUID
    verification_id: UUID
    developer_id: UUID


class ProjectRegistered(Payload):
    """`notification_ids`: what staff are told of it, for the mail."""

    project_id: UUID
    verification_id: UUID
    notification_ids: tuple[UUID, ...] = ()


class ProjectActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def register_project(self, request: RegisterProject) -> ProjectRegistered:
        """
        Save a project from its stored request, open its verification and tell staff, in one transaction.

        Staff are told when it looks like another one (ADR 0053).

        Refuses an account that may not register projects (Forbidden), a start date or crediting period
        out of bounds, a methodology for other projects (Invalid), and one that nobody chooses now
        (MethodologyNotChosen).
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
        supplier = await lookups.account(work, request.developer_id)
        supplier.require(Permission.REGISTER_PROJECT)
        supplier.require_organisation()
        body = await lookups.stored_request(work, request.project_id)
        payload = ProjectPayload.model_validate(body)
        require_start_date(payload.start_date, today=now.date())
        methodology = await lookups.chosen_methodology(work, payload.methodology_version_id)
        project = Project(
            id=request.project_id,
            developer_id=supplier.acts_for,
            title=payload.title,
            type=payload.type,
            description=payload.description,
            location=payload.location,
            country=payload.country,
            coordinates=Coordinates(payload.latitude, payload.longitude),
            emissions_target_units=payload.emissions_target_units,
            start_date=payload.start_date,
            crediting_period_ends=crediting_period_ends(
                methodology, payload.start_date, payload.crediting_period_ends
            ),
            status=ProjectStatus.PENDING,
            created_at=now,
            updated_at=now,
        )
        verification = Verification(
            id=request.verification_id,
            project_id=project.id,
            developer_id=supplier.acts_for,
            status=VerificationStatus.PENDING,
            submitted_at=now,
            updated_at=now,
        )
        verification = choose_methodology(verification, methodology, project, at=now)
        await work.projects.projects.add(project)
        await work.projects.verifications.add(verification)
        await work.publishing.outbox.add(events.project_registered(project, verification.id))
        await work.projects.verifications.add_event(
            TimelineEvent(
                id=derived_id(verification.id, EventType.PROJECT_REGISTERED),
                verification_id=verification.id,
                event_type=EventType.PROJECT_REGISTERED,
                message="The project was registered and its verification opened.",
                user_id=supplier.id,
                created_at=now,
            )
        )
        audit(
            work,
            "project.registered",
            ("project", project.id),
            action="register",
            actor_id=supplier.id,
            before=None,
            after={
                "status": project.status.value,
                "verificationId": str(verification.id),
                "emissionsTarget": format_tonnes(project.emissions_target_units),
                "methodologyVersionId": None
                if verification.methodology_version_id is None
                else str(verification.methodology_version_id),
            },
            at=now,
        )
        told = await tell_staff(
            work,
            Message(
                NotificationKind.PROJECT_REGISTERED,
                f"“{isolated(project.title)}” is registered and waits for a verifier.",
                f"/projects/{project.id}",
            ),
            notification_id=by_topic(verification.id, EventType.PROJECT_REGISTERED),
            at=now,
        )
        duplicates = await find_duplicates(work, project, at=now)
        told += await tell_of_duplicates(work, project, duplicates, at=now)
        return ProjectRegistered(
            project_id=project.id, verification_id=verification.id, notification_ids=told
        )
