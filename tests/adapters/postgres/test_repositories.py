"""What is saved comes back as it was: every repository, every field, on a real PostgreSQL."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ports.accounts import Contact
from adapters.postgres.database import PostgresDatabase, PostgresUnitOfWork
from domain.accounts.notifications import Notification, NotificationKind
from domain.certificates.certificates import CertificateStatus, StoredCertificate
from domain.chain.records import ChainRecord, RecordKind, RecordStatus
from domain.chain.transactions import ChainTransactionStatus, StoredTransaction
from domain.credits.ledger import CreditEntry, CreditTransaction, CreditTransactionType, EntryStatus
from domain.credits.ledger import CreditTransactionStatus as MovementStatus
from domain.credits.retirement import Beneficiary, Retirement
from domain.identifiers import Serial
from domain.projects.documents import DocumentStatus
from domain.projects.projects import Coordinates, ProjectStatus
from domain.projects.verification import EventType, TimelineEvent
from domain.quantities import UnitRange
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    NOW,
    OTHER_ADMINISTRATOR,
    PEOPLE,
    VERIFIER,
    after,
    announced,
    approved,
    document,
    documents,
    entry,
    in_review,
    named,
    pending,
    project,
    retirement,
)
from tests.issuance_guards import issuing_without_approvals

TX_HASH = "ab" * 32
ISSUANCE = CreditTransaction(
    id=named("issuance"),
    type=CreditTransactionType.ISSUANCE,
    entry_id=entry().id,
    result_entry_id=entry().id,
    sender_id=None,
    recipient_id=DEVELOPER.id,
    units=entry().units,
    status=MovementStatus.COMPLETED,
    created_at=NOW,
    completed_at=NOW,
    verification_id=approved().id,
)
RETIREMENT = replace(
    ISSUANCE,
    verification_id=None,
    id=named("retirement transaction"),
    type=CreditTransactionType.RETIREMENT,
    sender_id=DEVELOPER.id,
    recipient_id=None,
    retirement_id=retirement().id,
)
RETIRED = entry(status=EntryStatus.RETIRED, last_action_at=after(days=1))
RECORD = ChainRecord(
    id=named("record"),
    transaction_id=ISSUANCE.id,
    kind=RecordKind.ISSUANCE,
    record={"msg": ["Karbonica Carbon Credit Issuance"], "quantity": "1000.00", "vintage": 2024},
    status=RecordStatus.QUEUED,
    waiting_workflow_id="verification/1",
    queued_at=NOW,
)
SIGNED = StoredTransaction(
    tx_hash=TX_HASH,
    wallet_address="addr_test1",
    cbor=b"\x84\x00\xff",
    ttl_slot=100_007_200,
    fee_lovelace=180_000,
    status=ChainTransactionStatus.SIGNED,
    built_at=NOW,
)


async def add_project(work: PostgresUnitOfWork) -> None:
    await work.projects.projects.add(project())
    await work.projects.verifications.add(pending())


async def add_entry(work: PostgresUnitOfWork) -> None:
    await work.projects.projects.add(project(status=ProjectStatus.VERIFIED))
    await work.projects.verifications.add(approved())
    assert await work.credits.entries.take_units(100_000) == entry().units
    await work.credits.entries.add(entry())
    await work.credits.entries.add_transaction(ISSUANCE)


async def add_retirement(work: PostgresUnitOfWork, saved: Retirement) -> None:
    """Of the whole entry."""
    await add_entry(work)
    await work.credits.entries.save(RETIRED)
    await work.credits.retirements.add(saved)
    await work.credits.entries.add_transaction(RETIREMENT)


async def add_record(work: PostgresUnitOfWork) -> None:
    await add_entry(work)
    await work.chain.records.queue(RECORD)


async def test_an_account_is_found_by_id_and_by_address_in_any_case(
    database: PostgresDatabase,
) -> None:
    async with database.transaction() as work:
        found = [await work.accounts.accounts.get(person.id) for person in PEOPLE]
        by_email = await work.accounts.accounts.by_email(f"{BUYER.id}@PEOPLE.example")

    assert found == list(PEOPLE)
    assert by_email == BUYER


async def test_what_is_known_of_a_person_is_read_only_where_it_is_needed(
    database: PostgresDatabase,
) -> None:
    async with database.transaction() as work:
        contact = await work.accounts.accounts.contact(BUYER.id)
        company = await work.accounts.accounts.company(VERIFIER.id)
        staff = await work.accounts.accounts.administrators()

    assert contact == Contact(f"{BUYER.id}@people.example", "A buyer")
    assert company == "Verifier & Co."
    assert staff == sorted([ADMINISTRATOR.id, OTHER_ADMINISTRATOR.id])


async def test_an_unknown_account_is_nothing(database: PostgresDatabase) -> None:
    nobody = named("nobody")

    async with database.transaction() as work:
        assert await work.accounts.accounts.get(nobody) is None
        assert await work.accounts.accounts.by_email("nobody@people.example") is None
        assert await work.accounts.accounts.contact(nobody) is None
        assert await work.accounts.accounts.company(nobody) is None


async def test_a_project_comes_back_as_it_was_with_the_number_the_registry_gave_it(
    database: PostgresDatabase,
) -> None:
    second = replace(project(), id=named("second"), number=None)
    async with database.transaction() as work:
        await work.projects.projects.add(project(number=None))
        await work.projects.projects.add(second)

    async with database.transaction() as work:
        assert await work.projects.projects.get(project().id) == project(number=1)
        assert await work.projects.projects.lock(second.id) == replace(second, number=2)
        assert await work.projects.projects.get(named("no such project")) is None


@pytest.mark.parametrize(
    "coordinates",
    [
        Coordinates("0", "0"),
        Coordinates("-90", "180"),
        Coordinates("27.0238", "-0.000001"),
        Coordinates("-32.123456", "-179.999999"),
        Coordinates("10", "100"),
    ],
)
async def test_degrees_come_back_as_people_write_them(
    database: PostgresDatabase, coordinates: Coordinates
) -> None:
    async with database.transaction() as work:
        await work.projects.projects.add(project(coordinates=coordinates))
        found = await work.projects.projects.get(project().id)

    assert found == project(coordinates=coordinates)


async def test_a_settled_project_is_saved(database: PostgresDatabase) -> None:
    settled = project(status=ProjectStatus.VERIFIED, updated_at=after(days=1))
    async with database.transaction() as work:
        await work.projects.projects.add(project())
        await work.projects.verifications.add(approved())
        await work.projects.projects.save(settled)

    async with database.transaction() as work:
        assert await work.projects.projects.get(project().id) == settled


async def test_a_verification_comes_back_as_it_was_at_every_stage(
    database: PostgresDatabase,
) -> None:
    countersigned = approved(
        needs_countersignature=True,
        countersigned_by=ADMINISTRATOR.id,
        countersigned_at=after(days=1),
    )
    async with database.transaction() as work:
        await add_project(work)
        assert await work.projects.verifications.for_project(project().id) == pending()

        waiting = approved(needs_countersignature=True)
        for stage in (in_review(), waiting, countersigned):
            await work.projects.verifications.save(stage)
            assert await work.projects.verifications.lock(stage.id) == stage

        assert await work.projects.verifications.lock(named("no such verification")) is None
        assert await work.projects.verifications.for_project(named("no such project")) is None


async def test_the_same_step_stands_on_a_timeline_once(database: PostgresDatabase) -> None:
    event = TimelineEvent(
        id=named("event"),
        verification_id=pending().id,
        event_type=EventType.NOTE,
        message="Asked for the raw data.",
        user_id=None,
        created_at=NOW,
    )
    async with database.transaction() as work:
        await add_project(work)
        first = await work.projects.verifications.add_event(event)
        again = await work.projects.verifications.add_event(event)

    assert (first, again) == (True, False)


async def test_a_document_counts_once_it_is_completed(database: PostgresDatabase) -> None:
    waiting = announced()
    async with database.transaction() as work:
        await add_project(work)
        await work.projects.documents.add(waiting)
        assert await work.projects.documents.lock(waiting.id) == waiting
        assert await work.projects.documents.completed_for(pending().id) == []

        await work.projects.documents.save(document())

        assert await work.projects.documents.lock(waiting.id) == document()
        assert await work.projects.documents.completed_for(pending().id) == [document()]
        assert await work.projects.documents.lock(named("no such document")) is None


async def test_documents_are_listed_in_the_order_they_were_completed(
    database: PostgresDatabase,
) -> None:
    in_order = [
        replace(found, completed_at=after(minutes=minute))
        for minute, found in enumerate(documents())
    ]
    async with database.transaction() as work:
        await add_project(work)
        for found in reversed(in_order):
            await work.projects.documents.add(found)

        assert await work.projects.documents.completed_for(pending().id) == in_order
        assert {d.status for d in in_order} == {DocumentStatus.COMPLETED}


async def test_a_credit_entry_comes_back_with_every_unit(database: PostgresDatabase) -> None:
    async with database.transaction() as work:
        await add_entry(work)
        assert await work.credits.entries.lock(entry().serial) == entry()
        assert await work.credits.entries.get(entry().id) == entry()
        assert await work.credits.entries.lock(Serial(2024, 1, 99)) is None
        assert await work.credits.entries.get(named("no such entry")) is None

        await work.credits.entries.save(RETIRED)
        await work.credits.retirements.add(retirement())
        await work.credits.entries.add_transaction(RETIREMENT)

        assert await work.credits.entries.get(entry().id) == RETIRED


async def test_the_largest_range_of_units_fits(
    database: PostgresDatabase, engine: AsyncEngine
) -> None:
    largest = entry(1, 2**63 - 2)
    async with issuing_without_approvals(engine), database.transaction() as work:
        await work.projects.projects.add(project())
        await work.projects.verifications.add(approved())
        await work.credits.entries.add(largest)
        await work.credits.entries.add_transaction(acting_on(largest, largest, ISSUANCE))

        assert await work.credits.entries.get(largest.id) == largest


async def test_superseded_units_are_found_under_the_serials_they_live_on_as(
    database: PostgresDatabase, engine: AsyncEngine
) -> None:
    root = entry(1, 100, status=EntryStatus.SPLIT)
    first = child_of(root, 2, 1, 40, status=EntryStatus.TRANSFERRED, owner_id=BUYER.id)
    rest = child_of(root, 3, 41, 100)
    received = child_of(first, 4, 1, 40, status=EntryStatus.CANCELLED, owner_id=DEVELOPER.id)
    sold = replace(
        RETIREMENT,
        type=CreditTransactionType.TRANSFER,
        recipient_id=DEVELOPER.id,
        retirement_id=None,
    )
    cancelled = replace(RETIREMENT, type=CreditTransactionType.CANCELLATION, retirement_id=None)
    async with issuing_without_approvals(engine), database.transaction() as work:
        await work.projects.projects.add(project())
        await work.projects.verifications.add(approved())
        for saved in (root, first, rest, received):
            await work.credits.entries.add(saved)
        for moved in (
            acting_on(root, root, ISSUANCE),
            acting_on(root, first, replace(sold, recipient_id=BUYER.id)),
            acting_on(first, received, replace(sold, sender_id=BUYER.id)),
            acting_on(received, received, cancelled),
        ):
            await work.credits.entries.add_transaction(moved)

        whole = await work.credits.entries.living_on(root, 2)
        cut = await work.credits.entries.living_on(root, 1)

    assert whole == ([rest.serial, received.serial], False)
    assert cut == ([rest.serial], True)


async def test_a_movement_on_the_ledger_comes_back_as_it_was(database: PostgresDatabase) -> None:
    async with database.transaction() as work:
        await add_entry(work)

        assert await work.credits.entries.transaction(ISSUANCE.id) == ISSUANCE
        assert await work.credits.entries.transaction(named("no such transaction")) is None


@pytest.mark.parametrize(
    "saved",
    [
        retirement(),
        retirement(beneficiary=None),
        retirement(beneficiary=Beneficiary("Acme AG", "CHE")),
    ],
)
async def test_a_retirement_comes_back_with_or_without_its_beneficiary(
    database: PostgresDatabase, saved: Retirement
) -> None:
    async with database.transaction() as work:
        await add_retirement(work, saved)

        assert await work.credits.retirements.get(saved.id) == saved
        assert await work.credits.retirements.transactions(saved.id) == [RETIREMENT]
        assert await work.credits.retirements.get(named("no such retirement")) is None


async def test_a_certificate_keeps_its_bytes(database: PostgresDatabase) -> None:
    accepted = StoredCertificate(
        retirement_id=retirement().id,
        status=CertificateStatus.ACCEPTED,
        document='{"reason":"Łódź"}'.encode(),
        created_at=NOW,
    )
    sealed = replace(
        accepted,
        status=CertificateStatus.SEALED,
        document=b'{"sealed":true}',
        digest="cd" * 32,
        sealed_at=after(minutes=3),
    )
    async with database.transaction() as work:
        await add_retirement(work, retirement())
        await work.certificates.add(accepted)
        assert await work.certificates.lock(retirement().id) == accepted

        await work.certificates.save(sealed)

        assert await work.certificates.lock(retirement().id) == sealed
        assert await work.certificates.lock(named("no such retirement")) is None


async def test_a_chain_record_walks_from_the_queue_to_its_announcement(
    database: PostgresDatabase,
) -> None:
    sent = replace(RECORD, status=RecordStatus.SUBMITTED, tx_hash=TX_HASH)
    confirmed = replace(sent, status=RecordStatus.CONFIRMED)
    async with database.transaction() as work:
        await add_record(work)
        assert await work.chain.records.for_transaction(ISSUANCE.id) == RECORD
        assert await work.chain.records.lock_queued(10) == [RECORD]

        await work.chain.records.add_transaction(SIGNED)
        await work.chain.records.attach([RECORD], TX_HASH)
        assert await work.chain.records.carried_by(TX_HASH) == [sent]
        assert await work.chain.records.lock_queued(10) == []
        assert await work.chain.records.confirmed_unannounced(10) == []

        await work.chain.records.set_status(TX_HASH, RecordStatus.CONFIRMED)
        assert await work.chain.records.confirmed_unannounced(10) == [confirmed]

        await work.chain.records.mark_announced([RECORD.id], after(minutes=2))
        assert await work.chain.records.confirmed_unannounced(10) == []
        assert await work.chain.records.for_transaction(ISSUANCE.id) == confirmed


async def test_a_record_returns_to_the_queue_or_is_parked(database: PostgresDatabase) -> None:
    async with database.transaction() as work:
        await add_record(work)
        await work.chain.records.add_transaction(SIGNED)
        await work.chain.records.attach([RECORD], TX_HASH)

        await work.chain.records.requeue(TX_HASH, at=RECORD.queued_at)
        assert await work.chain.records.lock_queued(10) == [RECORD]

        await work.chain.records.attach([RECORD], TX_HASH)
        await work.chain.records.requeue(TX_HASH, at=RECORD.queued_at)
        await work.chain.records.count_attempt([RECORD])
        again = replace(RECORD, attempts=1)
        assert await work.chain.records.lock_queued(10) == [again]

        await work.chain.records.park([again], "over 64 bytes")
        parked = replace(again, status=RecordStatus.PARKED)
        assert await work.chain.records.for_transaction(ISSUANCE.id) == parked
        assert await work.chain.records.lock_queued(10) == []


async def test_a_signed_transaction_comes_back_with_all_that_was_seen_of_it(
    database: PostgresDatabase,
) -> None:
    seen = replace(
        SIGNED,
        status=ChainTransactionStatus.CONFIRMED,
        block_hash="ef" * 32,
        block_height=4_000_000,
        block_slot=100_000_020,
        confirmations=6,
        misses=1,
        expired_at_height=3_999_999,
        rollbacks=2,
        submissions=3,
        submitted_at=after(seconds=1),
        confirmed_at=after(minutes=2),
        checked_at=after(minutes=3),
    )
    async with database.transaction() as work:
        await work.chain.records.add_transaction(SIGNED)
        assert await work.chain.records.transaction(TX_HASH) == SIGNED

        await work.chain.records.save_transaction(seen)

        assert await work.chain.records.lock_transaction(TX_HASH) == seen
        assert await work.chain.records.transaction("00" * 32) is None


async def test_what_is_in_flight_is_what_the_follower_has_to_watch(
    database: PostgresDatabase,
) -> None:
    one_of_each = [
        replace(SIGNED, tx_hash=f"{n:064x}", status=status, built_at=after(minutes=-n))
        for n, status in enumerate(ChainTransactionStatus)
    ]
    async with database.transaction() as work:
        for transaction in one_of_each:
            await work.chain.records.add_transaction(transaction)

        found = await work.chain.records.in_flight()

    assert [transaction.status for transaction in found] == [
        ChainTransactionStatus.CONFIRMED,
        ChainTransactionStatus.SUBMITTED,
        ChainTransactionStatus.SIGNED,
    ]


async def test_a_notification_is_mailed_once(database: PostgresDatabase) -> None:
    notification = Notification(
        id=named("notification"),
        user_id=BUYER.id,
        kind=NotificationKind.CREDITS_RECEIVED,
        message="You received 300.00 t CO2e.",
        link="/projects/1",
        created_at=NOW,
    )
    async with database.transaction() as work:
        await work.accounts.notifications.add(notification)
        await work.accounts.notifications.add(replace(notification, message="Said again."))
        unmailed = await work.accounts.notifications.unmailed(notification.id)
        await work.accounts.notifications.mark_mailed(notification.id, NOW)
        mailed = await work.accounts.notifications.unmailed(notification.id)

    assert (unmailed, mailed) == (notification, None)


async def test_a_draft_keeps_what_it_had_first(database: PostgresDatabase) -> None:
    draft_id = named("draft")
    async with database.transaction() as work:
        await work.requests.stored_requests.add(
            draft_id, BUYER.id, {"reason": "first", "beneficiary": None}
        )
        await work.requests.stored_requests.add(draft_id, BUYER.id, {"reason": "second"})

        assert await work.requests.stored_requests.body(draft_id) == {
            "reason": "first",
            "beneficiary": None,
        }
        assert await work.requests.stored_requests.body(named("no such draft")) is None


async def test_an_effect_is_claimed_once_and_remembers_its_answer(
    database: PostgresDatabase,
) -> None:
    async with database.transaction() as work:
        assert await work.requests.activity_results.claim("issue-credits/1")
        await work.requests.activity_results.finish(
            "issue-credits/1", {"serial": "KRB-2024-001-000001"}
        )

    async with database.transaction() as work:
        assert not await work.requests.activity_results.claim("issue-credits/1")
        assert await work.requests.activity_results.result("issue-credits/1") == {
            "serial": "KRB-2024-001-000001"
        }


def acting_on(
    source: CreditEntry, result: CreditEntry, like: CreditTransaction
) -> CreditTransaction:
    """A transaction like another one, of these entries."""
    return replace(
        like,
        id=named(f"{like.type} of {source.serial}"),
        entry_id=source.id,
        result_entry_id=result.id,
        units=result.units,
    )


def child_of(
    parent: CreditEntry,
    running_number: int,
    first: int,
    last: int,
    status: EntryStatus = EntryStatus.ACTIVE,
    owner_id: UUID = DEVELOPER.id,
) -> CreditEntry:
    return replace(
        parent,
        id=named(f"child {running_number}"),
        serial=Serial(2024, 1, running_number),
        units=UnitRange(first, last),
        status=status,
        owner_id=owner_id,
        parent_id=parent.id,
    )
