"""One project's life up to the chapter a test begins at, told by the activities themselves."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from uuid import UUID

from sqlalchemy import text

from activities.accounts.notifications import MailNotification
from activities.certificates.certificates import SealCertificate
from activities.chain.anchoring import AnchorRecords, FollowChain, SubmitTransaction
from activities.chain.resumption import ResumeRecord, ResumptionPayload
from activities.chain.wallets import ChangeWallet, WalletFreezePayload
from activities.credits import ledger_writes
from activities.credits.buffer import ReleaseBuffer, ReleasePayload
from activities.credits.cancellation import CancelCredits, CancellationPayload
from activities.credits.freeze import ChangeState, FreezePayload, UnfreezePayload
from activities.credits.issuance import IssueCredits
from activities.credits.obligation import (
    CancelSuspended,
    ObligationDeadline,
    ObligationPayload,
    ReplaceLoss,
)
from activities.credits.retirement import (
    BeneficiaryPayload,
    RetireLine,
    RetirementPayload,
    RetireUnits,
)
from activities.credits.reversal import RecordReversal, ReversalPayload
from activities.credits.transfer import TransferCredits
from activities.projects.buffer_share import BufferSharePayload, SetBufferShare
from activities.projects.countersignature import (
    Countersign,
    RefusalPayload,
    RefuseCountersignature,
)
from activities.projects.documents import CompleteDocument, permanent_key, upload_key
from activities.projects.projects import ProjectPayload, ProjectRegistered, RegisterProject
from activities.projects.rounds import OpenRound, RoundPayload
from activities.projects.verification import (
    AssignVerifier,
    Decision,
    DecisionPayload,
    EventPayload,
    RecordDecision,
    VintageApproved,
)
from activities.publishing.open_data import PublishExport
from activities.reports.reports import MakeReport
from adapters.postgres.database import PostgresDatabase
from domain.accounts.notices.kinds import NoticeChannel
from domain.accounts.notices.preferences import NotificationPreferences
from domain.accounts.notifications import NotificationKind
from domain.chain.confirmations import (
    CONFIRMATIONS_REQUIRED,
    EXPIRY_SETTLE_BLOCKS,
    MISSES_BEFORE_EXPIRED,
    MISSES_BEFORE_VANISHED,
)
from domain.chain.polling import CONFIRMED_CHECK_BLOCKS
from domain.credits.cancellation import cancel
from domain.credits.ledger import EntryStatus
from domain.identifiers import Serial, derived_id
from domain.projects.buffer_share import BufferShare, ReversalRisk
from domain.projects.projects import ProjectType
from domain.projects.verification import EventType
from domain.reports.reports import ReportKind, end_of
from tests.activities.registry import TTL_SLOTS, Registry, keep_draft, run, run_until_shutdown
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    EVIDENCE,
    NOW,
    OTHER_ADMINISTRATOR,
    OTHER_VERIFIER,
    VERIFIER,
    announced,
    contents,
    document,
    named,
    uploader_of,
)

PROJECT_ID = named("project")
VERIFICATION_ID = named("verification")
RETIREMENT_ID = named("retirement")
TITLE = "Guanaré Forest Plantations on degraded grasslands"
ISSUED_SERIAL = "KRB-2024-001-000001"
"""1000.00 t, the developer's."""

REGISTER = RegisterProject(
    project_id=PROJECT_ID, verification_id=VERIFICATION_ID, developer_id=DEVELOPER.id
)
ASSIGN = AssignVerifier(
    operation_id=named("assignment"),
    verification_id=VERIFICATION_ID,
    verifier_id=VERIFIER.id,
    actor_id=ADMINISTRATOR.id,
)
APPROVE = RecordDecision(
    operation_id=named("decision"),
    verification_id=VERIFICATION_ID,
    actor_id=VERIFIER.id,
    decision=Decision.APPROVE,
    quantity_units=100_000,
    vintage=2024,
)
REJECT = RecordDecision(
    operation_id=named("decision"),
    verification_id=VERIFICATION_ID,
    actor_id=VERIFIER.id,
    decision=Decision.REJECT,
)
REPLACE = ASSIGN.model_copy(
    update={"operation_id": named("replacement"), "verifier_id": OTHER_VERIFIER.id}
)
COUNTERSIGN = Countersign(
    operation_id=named("countersignature"),
    verification_id=VERIFICATION_ID,
    actor_id=OTHER_ADMINISTRATOR.id,
)
REFUSE_COUNTERSIGNATURE = RefuseCountersignature(
    operation_id=named("refused countersignature"),
    verification_id=VERIFICATION_ID,
    actor_id=OTHER_ADMINISTRATOR.id,
)
REFUSAL_REASON = "The laboratory lost its accreditation before the samples were taken."
STEAD_REASON = "Its verifier has left the body, and nobody else of it is free."
APPROVE_AS_STAFF = APPROVE.model_copy(update={"actor_id": ADMINISTRATOR.id})
ISSUE = IssueCredits(
    verification_id=VERIFICATION_ID, waiting_workflow_id=f"verification/{VERIFICATION_ID}"
)
TRANSFER = TransferCredits(
    transaction_id=named("transfer"),
    serial=ISSUED_SERIAL,
    quantity_units=30_000,
    sender_id=DEVELOPER.id,
    recipient_id=BUYER.id,
    waiting_workflow_id="transfer/1",
)
RETIRE = RetireUnits(
    retirement_id=RETIREMENT_ID,
    serial=ISSUED_SERIAL,
    quantity_units=10_000,
    account_id=DEVELOPER.id,
    waiting_workflow_id=f"retirement/{RETIREMENT_ID}",
)
REPORT = MakeReport(
    report_id=named("report"),
    actor_id=ADMINISTRATOR.id,
    kind=ReportKind.BUFFER,
    first_day=NOW.date(),
    last_day=NOW.date(),
    known_at=end_of(NOW.date()),
)
PUBLISH = PublishExport(export_id=named("export"), actor_id=ADMINISTRATOR.id)
FREEZE = ChangeState(operation_id=named("freeze"), actor_id=ADMINISTRATOR.id)
FREEZE_REASON = "Units of one project are being recounted."
WALLET_FREEZE_DRAFT = WalletFreezePayload(reason="Its key is doubted.")
FREEZE_WALLET = ChangeWallet(operation_id=named("freeze wallet"), actor_id=ADMINISTRATOR.id)
RESUME_WALLET = ChangeWallet(operation_id=named("resume wallet"), actor_id=ADMINISTRATOR.id)
UNFREEZE = ChangeState(operation_id=named("unfreeze"), actor_id=ADMINISTRATOR.id)
ISSUANCE_RECORD_ID = derived_id(derived_id(VERIFICATION_ID, "issuance"), "chain-record")
PARK_REASON = "Metadata at '/msg/0': over 64 bytes"
RESUME = ResumeRecord(
    operation_id=named("resumption"), record_id=ISSUANCE_RECORD_ID, actor_id=ADMINISTRATOR.id
)
CANCEL = CancelCredits(
    transaction_id=named("cancellation"),
    serial=ISSUED_SERIAL,
    quantity_units=5_000,
    actor_id=ADMINISTRATOR.id,
)
BUFFERED_SERIAL = "KRB-2024-001-000002"
"""100.00 t, the buffer's; beside them 900.00 t of the developer's under ISSUED_SERIAL."""
RELEASE = ReleaseBuffer(
    transaction_id=named("release"),
    serial=BUFFERED_SERIAL,
    quantity_units=4_000,
    actor_id=ADMINISTRATOR.id,
)
REVERSE = RecordReversal(
    reversal_id=named("reversal"),
    project_id=PROJECT_ID,
    quantity_units=25_000,
    vintage=2024,
    avoidable=False,
    actor_id=ADMINISTRATOR.id,
)
SUSPENDED_SERIAL = "KRB-2024-001-000005"
"""150.00 t of the developer's, suspended for what the buffer did not cover; KEPT_SERIAL beside them."""
KEPT_SERIAL = "KRB-2024-001-000006"
REPLACE_LOSS = ReplaceLoss(
    transaction_id=named("replacement"),
    reversal_id=REVERSE.reversal_id,
    serial=KEPT_SERIAL,
    quantity_units=5_000,
    actor_id=DEVELOPER.id,
)
GIVE_UP = CancelSuspended(
    operation_id=named("giving up"), reversal_id=REVERSE.reversal_id, actor_id=ADMINISTRATOR.id
)
DEADLINE = ObligationDeadline(reversal_id=REVERSE.reversal_id)
RATE = SetBufferShare(
    operation_id=named("rating"),
    project_id=PROJECT_ID,
    reversal_risk=ReversalRisk.MEDIUM,
    percent=None,
    actor_id=ADMINISTRATOR.id,
)
RETIRE_LINES = RetireUnits(
    retirement_id=named("retirement of several"),
    lines=(
        # Not in the order of their serials, which is the order they are locked in.
        RetireLine(serial="KRB-2024-001-000004", quantity_units=20_000),
        RetireLine(serial="KRB-2024-001-000002", quantity_units=30_000),
    ),
    account_id=BUYER.id,
    waiting_workflow_id=f"retirement/{named('retirement of several')}",
)
RETIREMENT_DRAFT = RetirementPayload(
    beneficiary=BeneficiaryPayload(name="Société Générale", country="FRA"),
    purpose="Carbon neutrality claim for 2025",
    reason="Scope 2 emissions of our offices in 2025",
)


PROJECT_DRAFT = ProjectPayload(
    title=TITLE,
    type=ProjectType.REFORESTATION,
    description="Forests on land that was grazed for three centuries.",
    location="Cerro Largo",
    country="URY",
    latitude="-32.37",
    longitude="-54.18",
    emissions_target_units=100_000,
    start_date=date(2006, 7, 1),
)


async def a_draft_is_kept(registry: Registry) -> None:
    await keep_draft(registry, PROJECT_ID, DEVELOPER.id, PROJECT_DRAFT)


async def a_project_is_registered(registry: Registry) -> ProjectRegistered:
    await a_draft_is_kept(registry)
    return await run(registry.projects.register_project, REGISTER)


async def a_verifier_is_assigned(registry: Registry) -> None:
    await a_project_is_registered(registry)
    await run(registry.verification.assign_verifier, ASSIGN)


async def documents_are_uploaded(registry: Registry) -> None:
    """The API has saved what was announced, and the bytes have arrived."""
    await a_verifier_is_assigned(registry)
    async with registry.database.transaction() as work:
        for document_type in EVIDENCE:
            document = announced(document_type)
            await work.projects.documents.add(document)
            registry.objects.objects[upload_key(document.id)] = contents(document_type)


async def a_tenth_is_held_back(registry: Registry, percent: Decimal = Decimal(10)) -> None:
    """Staff have rated the project; in most chapters nothing goes into the buffer."""
    share = BufferShare(
        PROJECT_ID, ReversalRisk.LOW, percent, NOW, ADMINISTRATOR.id, "Its soils were sampled."
    )
    async with registry.database.transaction() as work:
        await work.projects.buffer_shares.save(share)


async def evidence_is_complete(registry: Registry) -> None:
    await documents_are_uploaded(registry)
    await a_tenth_is_held_back(registry, Decimal(0))
    for document_type in EVIDENCE:
        request = CompleteDocument(
            document_id=named(document_type), account_id=uploader_of(document_type)
        )
        await run(registry.documents.complete_document, request)
    decision = DecisionPayload(text="Sampled and found right.", stead_reason=STEAD_REASON)
    await keep_draft(registry, APPROVE.operation_id, VERIFIER.id, decision)


async def the_project_is_approved(registry: Registry) -> None:
    await evidence_is_complete(registry)
    await run(registry.verification.record_decision, APPROVE)


async def it_is_decided(registry: Registry, decision: RecordDecision) -> None:
    """And countersigned by another administrator, where that is needed."""
    step = await run(registry.verification.record_decision, decision)
    if step.waits_for_countersignature:
        await run(registry.countersignature.countersign, COUNTERSIGN)


async def the_approval_waits(registry: Registry, *, by: UUID = VERIFIER.id) -> None:
    """For a second pair of eyes."""
    await evidence_is_complete(registry)
    waiting = APPROVE.model_copy(update={"actor_id": by, "needs_countersignature": True})
    await run(registry.verification.record_decision, waiting)
    refusal = RefusalPayload(reason=REFUSAL_REASON)
    operation_id = REFUSE_COUNTERSIGNATURE.operation_id
    await keep_draft(registry, operation_id, OTHER_ADMINISTRATOR.id, refusal)


async def a_signed_off_project_was_rewritten(registry: Registry) -> None:
    """By somebody who can switch the guards off."""
    await the_project_is_approved(registry)
    await by_the_owner(registry, "UPDATE projects SET title = 'Another forest'")


async def a_kept_document_was_overwritten(registry: Registry) -> None:
    """With other bytes of the same length."""
    await the_project_is_approved(registry)
    kept = permanent_key(document(EVIDENCE[0]).sha256)
    registry.objects.objects[kept] = registry.objects.objects[kept].swapcase()


async def a_seal_names_the_wrong_body(registry: Registry) -> None:
    """Staff decided, and the seal is of a version that named the assigned verifier's body all the same."""
    await evidence_is_complete(registry)
    await it_is_decided(registry, APPROVE_AS_STAFF)
    right = "Administrator & Co. staff, in the stead of Verifier & Co."
    await by_the_owner(
        registry, "UPDATE verification_requests SET verification_body = 'Verifier & Co.'"
    )
    await run(registry.issuance.issue_credits, ISSUE)
    await keep_draft(registry, RETIREMENT_ID, DEVELOPER.id, RETIREMENT_DRAFT)
    await the_retirement_is_confirmed_from_here(registry)
    await run(registry.certificates.seal_certificate, SealCertificate(retirement_id=RETIREMENT_ID))
    await by_the_owner(registry, f"UPDATE verification_requests SET verification_body = '{right}'")


async def by_the_owner(registry: Registry, statement: str) -> None:
    """With the guards off, which only the tables' owner can do."""
    database = registry.database
    assert isinstance(database, PostgresDatabase)
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(statement))


async def a_note_is_written(registry: Registry) -> None:
    await a_verifier_is_assigned(registry)
    note = EventPayload(event_type=EventType.NOTE, message="Asked for the raw data.")
    await keep_draft(registry, named("note"), VERIFIER.id, note)


OPEN_ROUND = OpenRound(
    verification_id=named("second round"),
    project_id=PROJECT_ID,
    actor_id=DEVELOPER.id,
    first_day=date(2024, 7, 1),
    last_day=date(2025, 6, 30),
)
"""Over two calendar years."""
RESUBMIT = OpenRound(
    verification_id=named("resubmission"),
    project_id=PROJECT_ID,
    actor_id=DEVELOPER.id,
    resubmits=VERIFICATION_ID,
)
APPROVE_ROUND = RecordDecision(
    operation_id=named("decision of the second round"),
    verification_id=OPEN_ROUND.verification_id,
    actor_id=VERIFIER.id,
    decision=Decision.APPROVE,
    vintages=(
        VintageApproved(vintage=2024, quantity_units=40_000),
        VintageApproved(vintage=2025, quantity_units=42_000),
    ),
)
ISSUE_ROUND = IssueCredits(
    verification_id=OPEN_ROUND.verification_id,
    waiting_workflow_id=f"verification/{OPEN_ROUND.verification_id}",
)


async def a_second_round_is_asked_for(registry: Registry) -> None:
    await credits_are_issued(registry)
    await keep_draft(registry, OPEN_ROUND.verification_id, DEVELOPER.id, RoundPayload())


async def a_second_round_is_open(registry: Registry) -> None:
    await a_second_round_is_asked_for(registry)
    await run(registry.rounds.open_round, OPEN_ROUND)


async def evidence_of_the_second_round_is_complete(registry: Registry) -> None:
    await a_second_round_is_open(registry)
    await run(
        registry.verification.assign_verifier,
        ASSIGN.model_copy(
            update={
                "operation_id": named("assignment of the second round"),
                "verification_id": OPEN_ROUND.verification_id,
            }
        ),
    )
    for document_type in EVIDENCE:
        later = replace(
            announced(document_type),
            id=named(f"{document_type} of the second round"),
            verification_id=OPEN_ROUND.verification_id,
        )
        async with registry.database.transaction() as work:
            await work.projects.documents.add(later)
        registry.objects.objects[upload_key(later.id)] = contents(document_type)
        request = CompleteDocument(document_id=later.id, account_id=later.uploaded_by)
        await run(registry.documents.complete_document, request)
    decision = DecisionPayload(text="Scales and samples agree.")
    await keep_draft(registry, APPROVE_ROUND.operation_id, VERIFIER.id, decision)


async def the_second_round_is_approved(registry: Registry) -> None:
    await evidence_of_the_second_round_is_complete(registry)
    await run(registry.verification.record_decision, APPROVE_ROUND)


async def a_resubmission_is_asked_for(registry: Registry) -> None:
    await evidence_is_complete(registry)
    await run(registry.verification.record_decision, REJECT)
    changed = RoundPayload(what_changed="The baseline counts only what was burnt.")
    await keep_draft(registry, RESUBMIT.verification_id, DEVELOPER.id, changed)


async def credits_are_issued(registry: Registry) -> None:
    await the_project_is_approved(registry)
    await run(registry.issuance.issue_credits, ISSUE)
    await keep_draft(registry, RETIREMENT_ID, DEVELOPER.id, RETIREMENT_DRAFT)


async def the_buyer_wants_a_digest(registry: Registry) -> None:
    digest = {NotificationKind.CREDITS_RECEIVED: NoticeChannel.DIGEST}
    async with registry.database.transaction() as work:
        await work.accounts.preferences.choose(BUYER.id, NotificationPreferences(channels=digest))


async def a_digest_is_due(registry: Registry) -> UUID:
    """What the buyer is told of a transfer waits for the digest; answers that notification's id."""
    await the_buyer_wants_a_digest(registry)
    await credits_are_issued(registry)
    (told,) = (await run(registry.transfer.transfer_credits, TRANSFER)).notification_ids
    mail = MailNotification(notification_id=told)
    await run(registry.notifications.mail_notification, mail)
    return told


async def credits_are_retired(registry: Registry) -> None:
    await credits_are_issued(registry)
    await run(registry.retirement.retire_units, RETIRE)


async def the_retirement_is_confirmed(registry: Registry) -> None:
    """Issuance and retirement are on the chain, six blocks deep; nobody has been told yet."""
    await credits_are_issued(registry)
    await the_retirement_is_confirmed_from_here(registry)


async def the_retirement_is_confirmed_from_here(registry: Registry) -> None:
    await run(registry.retirement.retire_units, RETIRE)
    await everything_is_sent(registry)
    registry.chain.mine(1 + CONFIRMATIONS_REQUIRED)
    await run(registry.on_chain.follow_chain, FollowChain())


async def the_record_goes_into_another_transaction(registry: Registry) -> str:
    """A rollback deeper than six takes the sealed transaction, which never lands again."""
    registry.chain.rollback(9, requeue=False)
    registry.chain.mine(slots=TTL_SLOTS)
    # What is confirmed is looked at every tenth block, what is missed at every one.
    registry.chain.mine(9 + CONFIRMED_CHECK_BLOCKS)
    for _ in range(MISSES_BEFORE_VANISHED + 1):
        registry.chain.mine()
        await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())
    registry.chain.mine(EXPIRY_SETTLE_BLOCKS)
    for _ in range(MISSES_BEFORE_EXPIRED + 1):
        registry.chain.mine()
        await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())
    return (await everything_is_sent(registry))[-1]


async def a_sealed_transaction_gave_way(registry: Registry) -> None:
    """The certificate speaks of a transaction that is gone; its record is confirmed in another."""
    await the_retirement_is_confirmed(registry)
    registry.chain.mine(2)
    await run(registry.certificates.seal_certificate, SealCertificate(retirement_id=RETIREMENT_ID))
    await the_record_goes_into_another_transaction(registry)
    registry.chain.mine(1 + CONFIRMATIONS_REQUIRED)
    await run(registry.on_chain.follow_chain, FollowChain())


async def a_freeze_is_requested_for(registry: Registry) -> None:
    draft = FreezePayload(reason=FREEZE_REASON)
    await keep_draft(registry, FREEZE.operation_id, ADMINISTRATOR.id, draft)


async def a_day_is_over(registry: Registry) -> None:
    """Nobody did anything; its report can be made."""
    registry.clock.advance(days=2)


async def the_registry_is_frozen(registry: Registry) -> None:
    """And its unfreeze is asked for, on top of any other chapter."""
    await a_freeze_is_requested_for(registry)
    await run(registry.freeze.freeze_registry, FREEZE)
    await keep_draft(registry, UNFREEZE.operation_id, ADMINISTRATOR.id, UnfreezePayload())


async def a_wallet_freeze_is_requested_for(registry: Registry) -> None:
    await keep_draft(registry, FREEZE_WALLET.operation_id, ADMINISTRATOR.id, WALLET_FREEZE_DRAFT)


async def the_wallet_is_frozen(registry: Registry) -> None:
    await a_wallet_freeze_is_requested_for(registry)
    await run(registry.wallet.freeze_wallet, FREEZE_WALLET)


async def the_registry_is_opened(registry: Registry) -> None:
    await run(registry.freeze.unfreeze_registry, UNFREEZE)


async def a_record_is_parked(registry: Registry) -> None:
    """That of the issuance; a faulty version of the registry may have written it."""
    await credits_are_issued(registry)
    async with registry.database.transaction() as work:
        record = await work.chain.records.for_transaction(derived_id(VERIFICATION_ID, "issuance"))
        assert record is not None
        await work.chain.records.park([record], PARK_REASON)


async def a_resumption_is_requested_for(registry: Registry) -> None:
    await a_record_is_parked(registry)
    draft = ResumptionPayload(reason="Texts are split now; deployed.")
    await keep_draft(registry, RESUME.operation_id, ADMINISTRATOR.id, draft)


async def a_cancellation_is_requested_for(registry: Registry) -> None:
    await credits_are_issued(registry)
    draft = CancellationPayload(reason="The report counted these twice.")
    await keep_draft(registry, CANCEL.transaction_id, ADMINISTRATOR.id, draft)


async def a_cancellation_has_no_record(registry: Registry) -> None:
    """As earlier releases wrote it."""
    await credits_are_issued(registry)
    async with registry.database.transaction() as work:
        entry = await ledger_writes.lock_entry(work, Serial.parse(ISSUED_SERIAL))
        _, write = await ledger_writes.apply_rule(
            work,
            partial(cancel, actor=ADMINISTRATOR, reason="The report counted these twice."),
            entry,
            CANCEL.quantity_units,
            becomes=EntryStatus.CANCELLED,
            transaction_id=CANCEL.transaction_id,
            at=registry.clock.now(),
        )
        await ledger_writes.carry_out(
            work,
            [write],
            event_type="credits.cancelled",
            actor_id=ADMINISTRATOR.id,
            at=registry.clock.now(),
        )


async def credits_are_issued_with_a_buffer(registry: Registry) -> None:
    """A tenth of them; the developer has retired 100.00 t, and a release and a reversal are asked for."""
    await evidence_is_complete(registry)
    await a_tenth_is_held_back(registry)
    await run(registry.verification.record_decision, APPROVE)
    await run(registry.issuance.issue_credits, ISSUE)
    await keep_draft(registry, RETIREMENT_ID, DEVELOPER.id, RETIREMENT_DRAFT)
    await run(registry.retirement.retire_units, RETIRE)
    release = ReleasePayload(reason="Ten years have passed without a loss.")
    await keep_draft(registry, RELEASE.transaction_id, ADMINISTRATOR.id, release)
    reversal = ReversalPayload(cause="A fire burnt 40 ha of the project area.")
    await keep_draft(registry, REVERSE.reversal_id, ADMINISTRATOR.id, reversal)


async def a_loss_is_owed(registry: Registry) -> None:
    """150.00 t of it; a replacement of 50.00 t and giving the rest up are asked for."""
    await credits_are_issued_with_a_buffer(registry)
    await run(registry.reversal.record_reversal, REVERSE)
    replacement = ObligationPayload(reason="From our other slope.")
    await keep_draft(registry, REPLACE_LOSS.transaction_id, DEVELOPER.id, replacement)
    given_up = ObligationPayload(reason="Not made good in half a year.")
    await keep_draft(registry, GIVE_UP.operation_id, ADMINISTRATOR.id, given_up)


async def an_obligation_is_overdue(registry: Registry) -> None:
    await a_loss_is_owed(registry)
    await run(registry.obligation.note_obligation_overdue, DEADLINE)


async def a_rating_is_requested_for(registry: Registry) -> None:
    await a_project_is_registered(registry)
    rating = BufferSharePayload(reason="Fires every twenty years.")
    await keep_draft(registry, RATE.operation_id, ADMINISTRATOR.id, rating)


async def a_buyer_holds_two_entries(registry: Registry) -> None:
    """300.00 t and 700.00 t, and wants to retire of both at once."""
    await credits_are_issued(registry)
    await run(registry.transfer.transfer_credits, TRANSFER)
    rest = TransferCredits(
        transaction_id=named("second transfer"),
        serial="KRB-2024-001-000003",
        quantity_units=70_000,
        sender_id=DEVELOPER.id,
        recipient_id=BUYER.id,
        waiting_workflow_id="transfer/2",
    )
    await run(registry.transfer.transfer_credits, rest)
    await keep_draft(registry, RETIRE_LINES.retirement_id, BUYER.id, RETIREMENT_DRAFT)


async def everything_is_sent(registry: Registry) -> list[str]:
    """What waits, in as few transactions as will do; their hashes, in order."""
    hashes: list[str] = []
    everything = AnchorRecords(flush=True)
    while (anchored := await run(registry.on_chain.anchor_records, everything)).tx_hash:
        hashes.append(anchored.tx_hash)
        await run(registry.on_chain.submit_transaction, SubmitTransaction(tx_hash=hashes[-1]))
    return hashes


async def the_follower_looks_once(registry: Registry) -> None:
    await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())
