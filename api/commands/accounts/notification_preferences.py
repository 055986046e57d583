"""How somebody hears of what they are told: chosen as a whole, or one kind turned off by a link (ADR 0074)."""

from collections.abc import Sequence

from activities.audit_and_notify import audit
from adapters.postgres.accounts.notification_preferences import unsubscribe_key_of
from api.http.resources import Resources
from domain.accounts.notices.kinds import NOTICES, NoticeChannel
from domain.accounts.notices.preferences import NotificationPreferences, require_preferences
from domain.accounts.notices.unsubscribing import Unsubscribing, read_token
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account
from domain.errors import NotFound

NOT_OURS = "This link is not one of ours, or is not whole. Sign in to choose what you are told of."


async def choose(
    parts: Resources,
    account: Account,
    *,
    time_zone: str,
    digest_hour: int,
    chosen: Sequence[tuple[NotificationKind, NoticeChannel]],
) -> None:
    """
    Put this in place of whatever the account chose before; kinds that are left out have their default.

    Raises:
        Invalid: with all faults at once (domain.accounts.notices.preferences.require_preferences).
    """
    wanted = require_preferences(time_zone, digest_hour, chosen)
    async with parts.database.transaction() as work:
        await work.accounts.preferences.choose(account.id, wanted)
        audit(
            work,
            "account.notifications_chosen",
            ("account", account.id),
            actor_id=account.id,
            before=None,
            after={"kinds": sorted(kind.value for kind in wanted.channels)},
            at=parts.clock.now(),
        )


async def find_unsubscribing(parts: Resources, token: str) -> Unsubscribing:
    """
    What a link in a mail turns off; nothing is changed.

    Raises:
        NotFound: the link is not signed by the registry, or names what must arrive.
    """
    wanted = read_token(token)
    if wanted is None:
        raise NotFound(NOT_OURS)
    async with parts.reading() as connection:
        key = await unsubscribe_key_of(connection, wanted.user_id)
    if key is None or not wanted.is_signed(key, token):
        raise NotFound(NOT_OURS)
    return wanted


async def unsubscribe(parts: Resources, token: str) -> Unsubscribing:
    """
    Turn the mails off that the link names; they stay in the app. Twice is as once.

    Raises:
        NotFound: as `find_unsubscribing`.
    """
    wanted = await find_unsubscribing(parts, token)
    async with parts.database.transaction() as work:
        preferences = await work.accounts.preferences.of(wanted.user_id)
        kinds = in_digest(preferences) if wanted.kind is None else [wanted.kind]
        await work.accounts.preferences.set_channel(wanted.user_id, kinds, NoticeChannel.IN_APP)
        audit(
            work,
            "account.mails_unsubscribed",
            ("account", wanted.user_id),
            # Whoever has the mail has the link; it names nobody.
            actor_id=None,
            before=None,
            after={"kinds": sorted(kind.value for kind in kinds)},
            at=parts.clock.now(),
        )
    return wanted


def in_digest(preferences: NotificationPreferences) -> list[NotificationKind]:
    return [kind for kind in NOTICES if preferences.channel(kind) is NoticeChannel.DIGEST]
