"""Recording what host Parties authorise under Article 6, step by step."""

from collections.abc import Sequence
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from activities.standards.records import (
    RecordStep,
    SettleAct,
    SettleRecord,
    SourcePayload,
    leave_traces,
    reason_of,
    require_document,
)
from domain.accounts.roles import Account
from domain.errors import NotFound
from domain.standards.article6 import (
    Authorisation,
    AuthorisationStep,
    AuthorisationTerms,
    AuthorisedUse,
    FirstTransfer,
    StepKind,
    confirm_step,
    record_step,
    request_authorisation,
    withdraw_step,
)


class TermsPayload(Payload):
    uses: tuple[AuthorisedUse, ...]
    first_transfer: FirstTransfer
    quantity_units: int | None = None
    changeable_after_transfer: bool = False


class AuthorisationRequestPayload(Payload):
    vintage_from: int | None = None
    vintage_to: int | None = None
    source: SourcePayload


class AuthorisationStepPayload(Payload):
    kind: StepKind
    terms: TermsPayload | None = None
    source: SourcePayload


class RequestAuthorisation(PersonalRequest):
    """What is recorded is the stored request `authorisation_id`."""

    authorisation_id: UUID
    project_id: UUID
    actor_id: UUID


class RecordAuthorisationStep(PersonalRequest):
    """What is recorded is the stored request `operation_id`."""

    operation_id: UUID
    authorisation_id: UUID
    actor_id: UUID


class AuthorisationActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def request_authorisation(self, request: RequestAuthorisation) -> RecordStep:
        """Record that the project's host Party was asked (domain.standards.article6)."""

        async def record() -> RecordStep:
            body = await lookups.stored_request(work, request.authorisation_id)
            asked = AuthorisationRequestPayload.model_validate(body)
            actor = await lookups.account(work, request.actor_id)
            project = await lookups.project(work, request.project_id)
            authorisation, step = request_authorisation(
                request.authorisation_id,
                project_id=project.id,
                country=project.country,
                vintages=(asked.vintage_from, asked.vintage_to),
                source=asked.source.source(),
                actor=actor,
                at=self._clock.now(),
            )
            await require_document(work, step.source, project.id)
            await work.standards.authorisations.add(authorisation)
            await work.standards.authorisations.add_step(step)
            return await _step(work, authorisation, step, None, request.authorisation_id, actor)

        async with self._database.transaction() as work:
            key = f"request-authorisation/{request.authorisation_id}"
            return await run_once(work, key, RecordStep, record)

    @activity.defn
    async def record_authorisation_step(self, request: RecordAuthorisationStep) -> RecordStep:
        """Record a document of the Party's for another of staff to confirm."""

        async def record() -> RecordStep:
            body = await lookups.stored_request(work, request.operation_id)
            asked = AuthorisationStepPayload.model_validate(body)
            actor = await lookups.account(work, request.actor_id)
            authorisation, steps = await _locked(work, request.authorisation_id)
            step = record_step(
                authorisation,
                steps,
                asked.kind,
                source=asked.source.source(),
                terms=AuthorisationTerms(**asked.terms.model_dump()) if asked.terms else None,
                actor=actor,
                at=self._clock.now(),
            )
            await require_document(work, step.source, authorisation.project_id)
            await work.standards.authorisations.add_step(step)
            return await _step(work, authorisation, step, None, request.operation_id, actor)

        async with self._database.transaction() as work:
            key = f"record-authorisation-step/{request.operation_id}"
            return await run_once(work, key, RecordStep, record)

    @activity.defn
    async def settle_authorisation_step(self, request: SettleRecord) -> RecordStep:
        """Confirm a step, by which the authorisation moves on, or take back what was not confirmed."""

        async def settle() -> RecordStep:
            now = self._clock.now()
            actor = await lookups.account(work, request.actor_id)
            authorisation, steps = await _locked(work, request.record_id)
            before = next((one for one in steps if one.number == request.number), None)
            if before is None:
                raise NotFound("This authorisation has no such step.")
            after = authorisation
            if request.act is SettleAct.CONFIRM:
                after, step = confirm_step(authorisation, before, actor=actor, at=now)
                if after != authorisation:
                    await work.standards.authorisations.save(after)
            else:
                reason = await reason_of(work, request)
                step = withdraw_step(before, reason, actor=actor, at=now)
            await work.standards.authorisations.save_step(step)
            return await _step(work, after, step, authorisation, request.operation_id, actor)

        async with self._database.transaction() as work:
            key = f"settle-authorisation-step/{request.operation_id}"
            return await run_once(work, key, RecordStep, settle)


async def _locked(
    work: UnitOfWork, authorisation_id: UUID
) -> tuple[Authorisation, Sequence[AuthorisationStep]]:
    found = await work.standards.authorisations.lock(authorisation_id)
    return lookups.found(found, "authorisation")


async def _step(
    work: UnitOfWork,
    after: Authorisation,
    step: AuthorisationStep,
    before: Authorisation | None,
    operation_id: UUID,
    actor: Account,
) -> RecordStep:
    record = step.record
    told = await leave_traces(
        work,
        "authorisation",
        after.id,
        after.project_id,
        record,
        before=None if before is None else {"authorisation": before.status.value},
        after={
            "authorisation": after.status.value,
            "step": step.number,
            "kind": step.kind.value,
            "hostParty": after.host_party,
        },
        title=f"the Article 6 authorisation's step “{step.kind.replace('_', ' ')}”",
        operation_id=operation_id,
        actor=actor,
        at=record.withdrawn_at or record.confirmed_at or record.recorded_at,
    )
    return RecordStep(record_id=after.id, status=record.status, notification_ids=told)
