"""Mail: once to each who is told, and rather twice than never when the worker dies in between."""

from activities.accounts.notifications import MailNotification, NotificationMailed
from activities.ports.accounts import Contact
from activities.projects.verification import NoteDeadline
from domain.projects.verification import EventType
from tests.activities import story
from tests.activities.killed import KILLED, Moment, killed_attempt
from tests.activities.registry import PUBLIC_URL, Registry, run
from tests.factories import ADMINISTRATOR, BUYER, OTHER_ADMINISTRATOR, named
from tests.fakes.mailer import Mail


async def notify(registry: Registry) -> MailNotification:
    """A transfer has told the buyer of it."""
    await story.credits_are_issued(registry)
    transferred = await run(registry.transfer.transfer_credits, story.TRANSFER)
    (notification_id,) = transferred.notification_ids
    return MailNotification(notification_id=notification_id)


async def test_a_buyer_is_told_what_was_received_and_where_to_look(registry: Registry) -> None:
    request = await notify(registry)

    answer = await run(registry.notifications.mail_notification, request)

    message = "You received 300.00 t CO2e as KRB-2024-001-000002."
    assert answer == NotificationMailed(notification_id=request.notification_id, sent=True)
    assert registry.mailer.sent == [
        Mail(
            Contact(f"{BUYER.id}@people.example", "A buyer"),
            subject=message,
            text=f"{message}\n\n{PUBLIC_URL}/projects/{story.PROJECT_ID}\n",
            message_id=request.notification_id,
            written_at=registry.clock.now(),
        )
    ]


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
