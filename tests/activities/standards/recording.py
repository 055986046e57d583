"""Chapters in which staff record what others say of the story's project, and of what was issued for it."""

from datetime import date

from activities.payloads import Payload, ReasonPayload
from activities.standards.authorisations import (
    AuthorisationRequestPayload,
    AuthorisationStepPayload,
    RecordAuthorisationStep,
    RequestAuthorisation,
    TermsPayload,
)
from activities.standards.foreign_ranges import ForeignRangePayload, RecordForeignRange
from activities.standards.labels import LabelPayload, RecordLabel
from activities.standards.records import (
    SettleAct,
    SettleRecord,
    SourcePayload,
)
from domain.standards.article6 import AuthorisedUse, FirstTransfer, StepKind
from domain.standards.foreign_serials import ForeignRegistry
from domain.standards.labels import Scheme
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import ADMINISTRATOR, OTHER_ADMINISTRATOR, named

SOURCE = SourcePayload(url="https://registry.example/records/1", dated=date(2024, 1, 2))
LABEL_ID, AUTHORISATION_ID, RANGE_ID = named("label"), named("authorisation"), named("range")
STEP_ID = named("authorising")
LABEL = LabelPayload(scheme=Scheme.CCP, valid_from=date(2024, 1, 1), source=SOURCE)
RECORD_LABEL = RecordLabel(
    label_id=LABEL_ID, project_id=story.PROJECT_ID, actor_id=ADMINISTRATOR.id
)
REQUEST = RequestAuthorisation(
    authorisation_id=AUTHORISATION_ID, project_id=story.PROJECT_ID, actor_id=ADMINISTRATOR.id
)
AUTHORISE = AuthorisationStepPayload(
    kind=StepKind.AUTHORISE,
    terms=TermsPayload(
        uses=(AuthorisedUse.INTERNATIONAL,), first_transfer=FirstTransfer.AUTHORISATION
    ),
    source=SOURCE,
)
RECORD_STEP = RecordAuthorisationStep(
    operation_id=STEP_ID, authorisation_id=AUTHORISATION_ID, actor_id=ADMINISTRATOR.id
)
SERIAL = "ACR-FR-1129-2025-2917-1 to 600"
RECORD_RANGE = RecordForeignRange(
    range_id=RANGE_ID,
    verification_id=story.VERIFICATION_ID,
    vintage=2024,
    quantity_units=60_000,
    actor_id=ADMINISTRATOR.id,
)


def settle(
    of: Payload, act: SettleAct = SettleAct.CONFIRM, *, number: int | None = None
) -> SettleRecord:
    """By the other administrator, who never recorded anything here."""
    record_id = next(
        getattr(of, name)
        for name in ("label_id", "authorisation_id", "range_id")
        if hasattr(of, name)
    )
    return SettleRecord(
        operation_id=named(f"{act} {record_id} {number}"),
        record_id=record_id,
        act=act,
        actor_id=OTHER_ADMINISTRATOR.id,
        number=number,
    )


async def a_label_is_asked_for(registry: Registry) -> None:
    await story.a_project_is_registered(registry)
    await keep_draft(registry, LABEL_ID, ADMINISTRATOR.id, LABEL)


async def a_label_is_recorded(registry: Registry) -> None:
    await a_label_is_asked_for(registry)
    await run(registry.labels.record_label, RECORD_LABEL)


async def an_authorisation_is_asked_for(registry: Registry) -> None:
    await story.a_project_is_registered(registry)
    await keep_draft(
        registry, AUTHORISATION_ID, ADMINISTRATOR.id, AuthorisationRequestPayload(source=SOURCE)
    )


async def a_step_is_asked_for(registry: Registry) -> None:
    await an_authorisation_is_asked_for(registry)
    await run(registry.authorisations.request_authorisation, REQUEST)
    await run(registry.authorisations.settle_authorisation_step, settle(REQUEST, number=1))
    await keep_draft(registry, STEP_ID, ADMINISTRATOR.id, AUTHORISE)


async def a_step_is_recorded(registry: Registry) -> None:
    await a_step_is_asked_for(registry)
    await run(registry.authorisations.record_authorisation_step, RECORD_STEP)


async def a_range_is_asked_for(registry: Registry) -> None:
    await story.evidence_is_complete(registry)
    await run(registry.verification.record_decision, story.APPROVE)
    await run(registry.issuance.issue_credits, story.ISSUE)
    await keep_draft(
        registry,
        RANGE_ID,
        ADMINISTRATOR.id,
        ForeignRangePayload(registry=ForeignRegistry.ACR, serial=SERIAL, source=SOURCE),
    )


async def a_range_is_recorded(registry: Registry) -> None:
    await a_range_is_asked_for(registry)
    await run(registry.foreign_ranges.record_foreign_range, RECORD_RANGE)


async def it_is_withdrawn(registry: Registry, of: Payload) -> SettleRecord:
    request = settle(of, SettleAct.WITHDRAW)
    await keep_draft(
        registry,
        request.operation_id,
        OTHER_ADMINISTRATOR.id,
        ReasonPayload(reason="The registry there took it back."),
    )
    return request
