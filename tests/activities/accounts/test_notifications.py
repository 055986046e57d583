"""Mail: once to each who is told, and rather twice than never when the worker dies in between."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.accounts.digests import MailDigest, PlanDigests
from activities.accounts.notifications import MailNotification, NotificationMailed
from activities.ports.accounts import Contact
from activities.projects.verification import AddEvent, EventPayload, NoteDeadline
from adapters.postgres.rows import value_of
from adapters.postgres.tables import notifications
from domain.accounts.notices.kinds import NoticeChannel
from domain.accounts.notifications import Notification, NotificationKind, review_place
from domain.accounts.roles import Account
from domain.projects.verification import EventType
from tests.activities import story
from tests.activities.killed import KILLED, Moment, killed_attempt
from tests.activities.registry import PUBLIC_URL, Registry, keep_draft, run
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    OTHER_ADMINISTRATOR,
    VERIFIER,
    named,
)
from tests.fakes.mailer import Mail


async def notify(registry: Registry) -> MailNotification:
    """A transfer has told the buyer of it."""
    await story.credits_are_issued(registry)
    transferred = await run(registry.transfer.transfer_credits, story.TRANSFER)
    (notification_id,) = transferred.notification_ids
    return MailNotification(notification_id=notification_id)


async def assigned(registry: Registry) -> None:
    await story.a_verifier_is_assigned(registry)


async def noted(registry: Registry) -> None:
    await story.a_note_is_written(registry)
    await write_note(registry, named("note"), VERIFIER.id)


async def answered(registry: Registry) -> None:
    await story.a_verifier_is_assigned(registry)
    note = EventPayload(event_type=EventType.NOTE, message="Here it is.")
    await keep_draft(registry, named("answer"), DEVELOPER.id, note)
    await write_note(registry, named("answer"), DEVELOPER.id)


async def write_note(registry: Registry, operation_id: UUID, actor_id: UUID) -> None:
    note = AddEvent(
        operation_id=operation_id, verification_id=story.VERIFICATION_ID, actor_id=actor_id
    )
    added = await run(registry.verification.add_event, note)
    assert len(added.notification_ids) == 1


async def issued(registry: Registry) -> None:
    await story.the_project_is_approved(registry)
    credits_issued = await run(registry.issuance.issue_credits, story.ISSUE)
    assert len(credits_issued.notification_ids) == 1


async def countersigned(registry: Registry) -> None:
    await story.the_approval_waits(registry)
    await run(registry.countersignature.countersign, story.COUNTERSIGN)


async def refused(registry: Registry) -> None:
    await story.the_approval_waits(registry)
    await run(registry.countersignature.refuse_countersignature, story.REFUSE_COUNTERSIGNATURE)


async def frozen(registry: Registry) -> None:
    await story.the_registry_is_frozen(registry)


async def made_good(registry: Registry) -> None:
    await story.a_loss_is_owed(registry)
    await run(registry.obligation.replace_loss, story.REPLACE_LOSS)


async def everything_told(engine: AsyncEngine) -> list[Notification]:
    async with engine.connect() as connection:
        found = await connection.execute(select(notifications))
        return [value_of(Notification, row) for row in found.mappings()]


async def test_a_buyer_is_told_what_was_received_and_where_to_look(registry: Registry) -> None:
    request = await notify(registry)

    answer = await run(registry.notifications.mail_notification, request)

    message = "You received 300.00 t CO2e as KRB-2024-001-000002."
    assert answer == NotificationMailed(notification_id=request.notification_id, sent=True)
    assert registry.mailer.sent == [
        Mail(
            Contact(f"{BUYER.id}@people.example", "A buyer"),
            subject=message,
            text=registry.mailer.letters[0].text,
            message_id=request.notification_id,
            written_at=registry.clock.now(),
        )
    ]
    (letter,) = registry.mailer.letters
    assert (letter.sentences, letter.address) == (
        (message,),
        f"{PUBLIC_URL}/projects/{story.PROJECT_ID}",
    )
    assert letter.unsubscribe_address is not None
    assert letter.unsubscribe_address.startswith(
        f"{PUBLIC_URL}/unsubscribe?token={BUYER.id}.credits_received."
    )


async def test_whoever_was_mailed_is_not_mailed_again(registry: Registry) -> None:
    request = await notify(registry)
    await run(registry.notifications.mail_notification, request)

    again = await run(registry.notifications.mail_notification, request)

    assert again == NotificationMailed(notification_id=request.notification_id, sent=False)
    assert len(registry.mailer.sent) == 1


async def test_a_mail_that_was_sent_by_a_worker_that_died_is_sent_again(
    registry: Registry, database_url: str
) -> None:
    request = await notify(registry)

    # The mail of the killed attempt is lost to this test with its process.
    code = await killed_attempt(
        "notifications.mail_notification",
        request,
        Moment.BEFORE_COMMIT,
        database_url=database_url,
        effect_in=2,
        chain=registry.chain,
        objects=registry.objects,
        now=registry.clock.now(),
    )
    answer = await run(registry.notifications.mail_notification, request)

    assert (code, answer.sent, len(registry.mailer.sent)) == (KILLED, True, 1)


async def test_a_notification_that_does_not_exist_is_mailed_to_nobody(registry: Registry) -> None:
    unknown = MailNotification(notification_id=named("no notification"))

    answer = await run(registry.notifications.mail_notification, unknown)

    assert (answer.sent, registry.mailer.sent) == (False, [])


async def test_a_passed_deadline_is_told_to_all_staff(registry: Registry) -> None:
    await story.a_project_is_registered(registry)
    overdue = "No verifier was assigned in time; staff were reminded."
    request = NoteDeadline(
        verification_id=story.VERIFICATION_ID, event_type=EventType.ASSIGNMENT_OVERDUE
    )

    step = await run(registry.verification.note_deadline, request)
    for notification_id in step.notification_ids:
        mail = MailNotification(notification_id=notification_id)
        await run(registry.notifications.mail_notification, mail)

    assert {mail.contact.email for mail in registry.mailer.sent} == {
        f"{person.id}@people.example" for person in (ADMINISTRATOR, OTHER_ADMINISTRATOR)
    }
    assert {mail.subject for mail in registry.mailer.sent} == {f"“{story.TITLE}”: {overdue}"}


async def test_a_new_project_is_told_to_all_staff(registry: Registry) -> None:
    registered = await story.a_project_is_registered(registry)
    for notification_id in registered.notification_ids:
        mail = MailNotification(notification_id=notification_id)
        await run(registry.notifications.mail_notification, mail)

    assert {(mail.contact.email, mail.subject) for mail in registry.mailer.sent} == {
        (f"{person.id}@people.example", f"“{story.TITLE}” is registered and waits for a verifier.")
        for person in (ADMINISTRATOR, OTHER_ADMINISTRATOR)
    }


REVIEW = review_place(story.VERIFICATION_ID)


@pytest.mark.parametrize(
    ("chapter", "kind", "person", "place"),
    [
        (assigned, NotificationKind.VERIFIER_ASSIGNED, VERIFIER, REVIEW),
        (assigned, NotificationKind.VERIFICATION_BEGUN, DEVELOPER, f"/projects/{story.PROJECT_ID}"),
        (noted, NotificationKind.VERIFICATION_NOTE, DEVELOPER, f"/projects/{story.PROJECT_ID}"),
        (answered, NotificationKind.VERIFICATION_NOTE, VERIFIER, REVIEW),
        (issued, NotificationKind.CREDITS_ISSUED, DEVELOPER, f"/projects/{story.PROJECT_ID}"),
        (countersigned, NotificationKind.APPROVAL_COUNTERSIGNED, VERIFIER, REVIEW),
        (countersigned, NotificationKind.PROJECT_APPROVED, DEVELOPER, f"/projects/{story.PROJECT_ID}"),
        (refused, NotificationKind.COUNTERSIGNATURE_REFUSED, VERIFIER, REVIEW),
        (frozen, NotificationKind.REGISTRY_FROZEN, OTHER_ADMINISTRATOR, "/staff/registry"),
        (made_good, NotificationKind.CREDITS_REINSTATED, DEVELOPER, f"/projects/{story.PROJECT_ID}"),
    ],
)  # fmt: skip
async def test_whoever_must_act_or_know_is_told_where_they_act(
    registry: Registry,
    engine: AsyncEngine,
    chapter: Callable[[Registry], Awaitable[object]],
    kind: NotificationKind,
    person: Account,
    place: str,
) -> None:
    await chapter(registry)

    told = [one for one in await everything_told(engine) if one.kind == kind]
    assert [(one.user_id, one.link) for one in told].count((person.id, place)) == 1
    assert {one.user_id for one in told} <= {
        DEVELOPER.id, VERIFIER.id, BUYER.id, OTHER_ADMINISTRATOR.id
    }  # fmt: skip


async def test_what_was_noted_stands_in_no_mail(registry: Registry, engine: AsyncEngine) -> None:
    await noted(registry)

    told = [one.message for one in await everything_told(engine)]
    assert any("timeline" in message for message in told)
    assert not any("raw data" in message for message in told)


async def test_a_digest_tells_once_of_what_waited_and_a_second_one_waits_a_day(
    registry: Registry,
) -> None:
    notification_id = await story.a_digest_is_due(registry)
    assert registry.mailer.sent == []

    (digest_id,) = (await run(registry.digests.plan_digests, PlanDigests())).digest_ids
    sent = [
        (await run(registry.digests.mail_digest, MailDigest(digest_id=digest_id))).sent
        for _ in range(2)
    ]
    again = MailNotification(notification_id=notification_id)
    alone = await run(registry.notifications.mail_notification, again)
    later = await run(registry.digests.plan_digests, PlanDigests())

    assert (sent, alone.sent, later.digest_ids) == ([True, False], False, ())
    (letter,) = registry.mailer.letters
    assert letter.subject == "Your digest: 1 notification"
    assert [item.sentence for item in letter.items] == [
        "You received 300.00 t CO2e as KRB-2024-001-000002."
    ]


async def test_a_digest_whose_worker_died_says_the_same_when_it_is_sent_again(
    registry: Registry, database_url: str
) -> None:
    await story.a_digest_is_due(registry)
    (digest_id,) = (await run(registry.digests.plan_digests, PlanDigests())).digest_ids
    request = MailDigest(digest_id=digest_id)

    code = await killed_attempt(
        "digests.mail_digest",
        request,
        Moment.BEFORE_COMMIT,
        database_url=database_url,
        effect_in=2,
        chain=registry.chain,
        objects=registry.objects,
        now=registry.clock.now(),
    )
    # What came meanwhile waits for the next one.
    still = await run(registry.digests.plan_digests, PlanDigests())
    answer = await run(registry.digests.mail_digest, request)

    assert (code, still.digest_ids, answer.sent) == (KILLED, (digest_id,), True)
    assert [mail.message_id for mail in registry.mailer.sent] == [digest_id]


async def test_what_is_turned_off_leaves_the_digest_too(registry: Registry) -> None:
    await story.a_digest_is_due(registry)
    async with registry.database.transaction() as work:
        await work.accounts.preferences.set_channel(
            BUYER.id, [NotificationKind.CREDITS_RECEIVED], NoticeChannel.IN_APP
        )

    assert (await run(registry.digests.plan_digests, PlanDigests())).digest_ids == ()
