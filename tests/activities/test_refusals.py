"""What the rules refuse: the sentence reaches the caller at once, and the database is as it was."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.payloads import Payload
from activities.projects.documents import CompleteDocument, upload_key
from activities.projects.verification import (
    AddEvent,
    DecisionPayload,
    EventPayload,
    RecordDecision,
)
from activities.refusal_interceptor import RefusalInterceptor
from adapters.postgres.rows import value_of
from adapters.postgres.tables import credit_entries
from domain.credits.ledger import Conservation, CreditEntry, conservation
from domain.errors import (
    REFUSALS,
    AlreadyAssigned,
    AlreadyDecided,
    Conflict,
    DocumentMismatch,
    Fault,
    Forbidden,
    InsufficientCredits,
    Invalid,
    NotActive,
    NotCountersignable,
    NotFound,
    NotPending,
    NumberingExhausted,
    RecipientUnavailable,
    Refusal,
    TooFewDocuments,
)
from domain.projects.documents import DocumentType
from domain.projects.verification import EventType
from domain.quantities import UNIT_NUMBER_MAX
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.activities.story import (
    APPROVE,
    ASSIGN,
    ISSUE,
    PROJECT_ID,
    REGISTER,
    REJECT,
    RETIRE,
    TRANSFER,
    VERIFICATION_ID,
)
from tests.databases import changed_tables, snapshot
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    OTHER_BUYER,
    OTHER_VERIFIER,
    VERIFIER,
    announced,
    contents,
    named,
)
from tests.issuance_guards import engine_of, issuing_without_approvals

SPLIT_ALREADY = (
    "KRB-2024-001-000001 is split; its units live on as KRB-2024-001-000002, KRB-2024-001-000003."
)
REPORT = named(DocumentType.MONITORING_REPORT)


def but(request: Payload, **changes: Any) -> Payload:
    return request.model_copy(update=changes)


@dataclass(frozen=True)
class Refused:
    """`before` is a chapter of tests/activities/story.py."""

    before: str
    activity: str
    request: Payload
    refusal: type[Refusal]
    sentence: str


REFUSED = {
    "a buyer registers a project": Refused(
        "a_draft_is_kept",
        "projects.register_project",
        but(REGISTER, developer_id=BUYER.id),
        Forbidden,
        "Your role (buyer) may not register a project.",
    ),
    "a project is registered from nothing": Refused(
        "a_draft_is_kept",
        "projects.register_project",
        but(REGISTER, project_id=named("no draft")),
        NotFound,
        "There is no such stored request.",
    ),
    "an unknown account is assigned": Refused(
        "a_project_is_registered",
        "verification.assign_verifier",
        but(ASSIGN, verifier_id=named("nobody")),
        Invalid,
        "There is no such verifier.",
    ),
    "a buyer is assigned": Refused(
        "a_project_is_registered",
        "verification.assign_verifier",
        but(ASSIGN, verifier_id=BUYER.id),
        Invalid,
        "That account cannot verify projects.",
    ),
    "the verifier who has it is assigned again": Refused(
        "a_verifier_is_assigned",
        "verification.assign_verifier",
        but(ASSIGN, operation_id=named("again")),
        AlreadyAssigned,
        "This verification is with that verifier already.",
    ),
    "a verifier is replaced by a buyer": Refused(
        "a_verifier_is_assigned",
        "verification.assign_verifier",
        but(story.REPLACE, verifier_id=BUYER.id),
        Invalid,
        "That account cannot verify projects.",
    ),
    "a verifier is replaced after the decision": Refused(
        "the_project_is_approved",
        "verification.assign_verifier",
        story.REPLACE,
        NotPending,
        "Only a verification that is pending or in review can be assigned; this one is approved.",
    ),
    "a verifier who was replaced approves": Refused(
        "the_verifier_was_replaced",
        "verification.record_decision",
        APPROVE,
        Forbidden,
        "This verification is assigned to somebody else.",
    ),
    "a verifier who was replaced adds a document": Refused(
        "the_verifier_was_replaced",
        "documents.complete_document",
        CompleteDocument(document_id=named("of the former verifier"), account_id=VERIFIER.id),
        Forbidden,
        "This verification is with another verifier now.",
    ),
    "somebody else completes an upload": Refused(
        "documents_are_uploaded",
        "documents.complete_document",
        CompleteDocument(document_id=REPORT, account_id=VERIFIER.id),
        Forbidden,
        "Only its uploader completes a document.",
    ),
    "an unknown document is completed": Refused(
        "documents_are_uploaded",
        "documents.complete_document",
        CompleteDocument(document_id=named("no document"), account_id=DEVELOPER.id),
        NotFound,
        "There is no such document.",
    ),
    "nothing at all is approved": Refused(
        "a_verdict_is_ready",
        "verification.record_decision",
        APPROVE,
        TooFewDocuments,
        "Approval needs more documents; missing: a project description; a methodology or monitoring plan;"
        " a monitoring report; the verifier's own statement (a verification report).",
    ),
    "somebody else's verifier approves": Refused(
        "evidence_is_complete",
        "verification.record_decision",
        but(APPROVE, actor_id=OTHER_VERIFIER.id),
        Forbidden,
        "This verification is assigned to somebody else.",
    ),
    "a vintage of the future is approved": Refused(
        "evidence_is_complete",
        "verification.record_decision",
        but(APPROVE, vintage=2027),
        Invalid,
        "Vintage must be a year from 2006 to 2026: the project starts on 2006-07-01, and the"
        " decision is of 2026-03-01.",
    ),
    "a project of a thousand years ago is registered": Refused(
        "a_draft_of_long_ago_is_kept",
        "projects.register_project",
        REGISTER,
        Invalid,
        "Start date must be from 1990-01-01 to 2036-03-01",
    ),
    "more is approved than can be numbered": Refused(
        "the_numbering_is_nearly_used_up",
        "verification.record_decision",
        APPROVE,
        NumberingExhausted,
        "Only 999.99 t are left in the registry's numbering; 1000.00 t were asked for.",
    ),
    "the registry's own event is written by hand": Refused(
        "a_false_event_is_written",
        "verification.add_event",
        AddEvent(operation_id=named("note"), verification_id=VERIFICATION_ID, actor_id=VERIFIER.id),
        Forbidden,
        "Events of type approved are written by the registry itself.",
    ),
    "an approval that waits for nobody is countersigned": Refused(
        "the_project_is_approved",
        "countersignature.countersign",
        story.COUNTERSIGN,
        NotCountersignable,
        "No approval is waiting for a countersignature.",
    ),
    "who approved refuses the countersignature": Refused(
        "staff_approved_and_it_waits",
        "countersignature.refuse_countersignature",
        but(story.REFUSE_COUNTERSIGNATURE, actor_id=ADMINISTRATOR.id),
        Forbidden,
        "The second pair of eyes cannot be the first one's.",
    ),
    "the verifier refuses a countersignature": Refused(
        "the_approval_waits",
        "countersignature.refuse_countersignature",
        but(story.REFUSE_COUNTERSIGNATURE, actor_id=VERIFIER.id),
        Forbidden,
        "Your role (verifier) may not countersign an approval, and fill in the checklist before.",
    ),
    "credits are issued for nothing": Refused(
        "evidence_is_complete",
        "issuance.issue_credits",
        ISSUE,
        Conflict,
        "Credits are issued for an approved verification only.",
    ),
    "credits are issued before the second pair of eyes": Refused(
        "the_approval_waits",
        "issuance.issue_credits",
        ISSUE,
        Conflict,
        "This approval waits for a countersignature.",
    ),
    "more is retired than is held": Refused(
        "credits_are_issued",
        "retirement.retire_units",
        but(RETIRE, quantity_units=100_001),
        InsufficientCredits,
        "KRB-2024-001-000001 holds 1000.00 t, 1000.01 t were asked for.",
    ),
    "somebody else's credits are retired": Refused(
        "credits_are_issued",
        "retirement.retire_units",
        but(RETIRE, account_id=BUYER.id),
        Forbidden,
        "KRB-2024-001-000001 is held by somebody else.",
    ),
    "an unknown serial is retired": Refused(
        "credits_are_issued",
        "retirement.retire_units",
        but(RETIRE, serial="KRB-2024-001-000099"),
        NotFound,
        "There is no such credit entry.",
    ),
    "what was split is retired under its old serial": Refused(
        "credits_are_transferred",
        "retirement.retire_units",
        RETIRE,
        NotActive,
        SPLIT_ALREADY,
    ),
    "what was retired is sold": Refused(
        "credits_are_retired",
        "transfer.transfer_credits",
        but(TRANSFER, serial="KRB-2024-001-000002"),
        NotActive,
        "KRB-2024-001-000002 is retired and cannot be moved.",
    ),
    "credits are sent to a verifier": Refused(
        "credits_are_issued",
        "transfer.transfer_credits",
        but(TRANSFER, recipient_id=VERIFIER.id),
        RecipientUnavailable,
        "That account cannot receive credits.",
    ),
    "credits are sent to oneself": Refused(
        "credits_are_issued",
        "transfer.transfer_credits",
        but(TRANSFER, recipient_id=DEVELOPER.id),
        Invalid,
        "Credits cannot be transferred to oneself.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused_and_nothing_changed_when(
    name: str, registry: Registry, engine: AsyncEngine
) -> None:
    case = REFUSED[name]
    await CHAPTERS[case.before](registry)
    before = await snapshot(engine)

    with pytest.raises(case.refusal) as refused:
        await run(registry.activity(case.activity), case.request)

    assert (type(refused.value), refused.value.detail) == (case.refusal, case.sentence)
    assert changed_tables(before, await snapshot(engine)) == set()


@pytest.mark.parametrize("second", [APPROVE, REJECT])
async def test_a_second_decision_is_refused_whatever_it_says(
    second: RecordDecision, registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_project_is_approved(registry)
    again = second.model_copy(update={"operation_id": named("second decision")})
    await keep_draft(registry, again.operation_id, VERIFIER.id, DecisionPayload(text="Again."))
    before = await snapshot(engine)

    with pytest.raises(AlreadyDecided) as refused:
        await run(registry.verification.record_decision, again)

    assert refused.value.detail == "This verification is already approved."
    assert changed_tables(before, await snapshot(engine)) == set()


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (None, "Nothing has been uploaded for this document yet."),
        (b"short", "The upload has 5 bytes, 44 were announced."),
        (b"X" * 44, "The upload's SHA-256 is not the one announced."),
    ],
)
async def test_bytes_that_were_not_announced_do_not_complete_a_document(
    upload: bytes | None, sentence: str, registry: Registry, engine: AsyncEngine
) -> None:
    await story.documents_are_uploaded(registry)
    registry.objects.objects.pop(f"uploads/{REPORT}")
    if upload is not None:
        registry.objects.objects[f"uploads/{REPORT}"] = upload
    before = await snapshot(engine)

    with pytest.raises(DocumentMismatch) as refused:
        await run(
            registry.documents.complete_document,
            CompleteDocument(document_id=REPORT, account_id=DEVELOPER.id),
        )

    assert refused.value.detail == sentence
    assert changed_tables(before, await snapshot(engine)) == set()


async def test_of_many_who_want_the_same_units_exactly_one_gets_them(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    for number in range(5):
        draft = story.RETIREMENT_DRAFT
        await keep_draft(registry, named(f"retirement {number}"), DEVELOPER.id, draft)
    retirements = [
        but(RETIRE, retirement_id=named(f"retirement {number}"), quantity_units=60_000)
        for number in range(5)
    ]
    transfers = [
        but(TRANSFER, transaction_id=named(f"transfer {n}"), recipient_id=OTHER_BUYER.id)
        for n in range(5)
    ]

    results = await asyncio.gather(
        *(run(registry.activity("retirement.retire_units"), request) for request in retirements),
        *(run(registry.activity("transfer.transfer_credits"), request) for request in transfers),
        return_exceptions=True,
    )

    refusals = [result for result in results if isinstance(result, NotActive)]
    assert len(refusals) == 9
    assert {refusal.detail for refusal in refusals} == {SPLIT_ALREADY}
    assert (await sum_of(engine)).holds


async def test_the_sum_is_right_after_issuing_transferring_and_retiring(
    registry: Registry, engine: AsyncEngine
) -> None:
    await credits_are_transferred(registry)
    await run(
        registry.activity("retirement.retire_units"),
        but(RETIRE, serial="KRB-2024-001-000003", quantity_units=70_000),
    )

    assert await sum_of(engine) == Conservation(
        issued_units=100_000,
        active_units=30_000,
        retired_units=70_000,
        cancelled_units=0,
        buffer_units=0,
        suspended_units=0,
        reserved_units=0,
    )


@pytest.mark.parametrize("kind", REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_refusal_leaves_an_activity_as_an_answer_that_is_not_tried_again(
    kind: type[Refusal],
) -> None:
    refusal = kind("It cannot be.", Fault("/a", "too long"), Fault("/b", "too short"))

    error = await raised_through_the_interceptor(refusal)

    assert isinstance(error, ApplicationError)
    assert (error.message, error.type, error.non_retryable) == (
        "It cannot be.",
        kind.__name__,
        True,
    )
    assert list(error.details) == [
        [
            {"pointer": "/a", "detail": "too long"},
            {"pointer": "/b", "detail": "too short"},
        ]
    ]


async def test_a_crash_leaves_an_activity_as_it_is_and_is_tried_again() -> None:
    crash = RuntimeError("the connection broke")

    assert await raised_through_the_interceptor(crash) is crash


async def raised_through_the_interceptor(raised: Exception) -> BaseException:
    class Raising(ActivityInboundInterceptor):
        def __init__(self) -> None: ...

        async def execute_activity(self, input: ExecuteActivityInput) -> Any:
            raise raised

    inbound = RefusalInterceptor().intercept_activity(Raising())
    nothing = ExecuteActivityInput(fn=run, args=[], executor=None, headers={})
    with pytest.raises(Exception) as found:
        await inbound.execute_activity(nothing)
    return found.value


async def credits_are_transferred(registry: Registry) -> None:
    await story.credits_are_issued(registry)
    await run(registry.transfer.transfer_credits, TRANSFER)


async def a_verdict_is_ready(registry: Registry) -> None:
    """The verifier has written a verdict before the documents were completed."""
    await story.documents_are_uploaded(registry)
    await keep_draft(registry, APPROVE.operation_id, VERIFIER.id, DecisionPayload(text="Good."))


async def the_verifier_was_replaced(registry: Registry) -> None:
    """After a document of the former one's has arrived, and before it counts."""
    await story.evidence_is_complete(registry)
    document = announced(
        DocumentType.VALIDATION_REPORT,
        id=named("of the former verifier"),
        uploaded_by=VERIFIER.id,
    )
    async with registry.database.transaction() as work:
        await work.projects.documents.add(document)
    body = contents(DocumentType.VALIDATION_REPORT)
    registry.objects.objects[upload_key(document.id)] = body
    await run(registry.verification.assign_verifier, story.REPLACE)


async def staff_approved_and_it_waits(registry: Registry) -> None:
    await story.the_approval_waits(registry, by=ADMINISTRATOR.id)


async def a_false_event_is_written(registry: Registry) -> None:
    await story.a_verifier_is_assigned(registry)
    event = EventPayload(event_type=EventType.APPROVED, message="Approved!")
    await keep_draft(registry, named("note"), VERIFIER.id, event)


async def a_draft_of_long_ago_is_kept(registry: Registry) -> None:
    draft = story.PROJECT_DRAFT.model_copy(update={"start_date": date(999, 12, 31)})
    await keep_draft(registry, PROJECT_ID, DEVELOPER.id, draft)


async def the_numbering_is_nearly_used_up(registry: Registry) -> None:
    await story.evidence_is_complete(registry)
    async with (
        issuing_without_approvals(engine_of(registry.database)),
        registry.database.transaction() as work,
    ):
        await work.credits.entries.take_units(UNIT_NUMBER_MAX - 99_999)


CHAPTERS = vars(story) | {
    "a_draft_of_long_ago_is_kept": a_draft_of_long_ago_is_kept,
    "the_numbering_is_nearly_used_up": the_numbering_is_nearly_used_up,
    "credits_are_transferred": credits_are_transferred,
    "a_verdict_is_ready": a_verdict_is_ready,
    "a_false_event_is_written": a_false_event_is_written,
    "the_verifier_was_replaced": the_verifier_was_replaced,
    "staff_approved_and_it_waits": staff_approved_and_it_waits,
}


async def sum_of(engine: AsyncEngine) -> Conservation:
    async with engine.connect() as connection:
        rows = await connection.execute(select(credit_entries))
        return conservation([value_of(CreditEntry, row) for row in rows.mappings()])
