"""How each person hears of each kind, and at which hour of theirs the digest comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from domain.accounts.notices.kinds import NOTICES, NoticeChannel
from domain.accounts.notifications import NotificationKind
from domain.errors import Fault, Invalid

DEFAULT_TIME_ZONE = "UTC"
DEFAULT_DIGEST_HOUR = 8
HOURS = range(24)


@dataclass(frozen=True)
class NotificationPreferences:
    """
    What one person chose; kinds that are not in `channels` have the kind's own default.

    `time_zone` is a name of the IANA database, `digest_hour` an hour of that zone, 0 to 23.
    `mails_good_news` is the profile's switch: without it, what may be turned off and was not chosen by
    itself stays in the app.
    """

    time_zone: str = DEFAULT_TIME_ZONE
    digest_hour: int = DEFAULT_DIGEST_HOUR
    channels: Mapping[NotificationKind, NoticeChannel] = field(default_factory=dict)
    mails_good_news: bool = True

    def channel(self, kind: NotificationKind) -> NoticeChannel:
        """What happens to a notification of this kind; a mandatory one is always mailed at once."""
        notice = NOTICES[kind]
        if notice.mandatory:
            return NoticeChannel.MAIL
        if (chosen := self.channels.get(kind)) is not None:
            return chosen
        is_quiet = kind in GOOD_NEWS and not self.mails_good_news
        return NoticeChannel.IN_APP if is_quiet else notice.default


GOOD_NEWS = frozenset(
    {
        NotificationKind.VERIFIER_ASSIGNED,
        NotificationKind.VERIFICATION_BEGUN,
        NotificationKind.APPROVAL_COUNTERSIGNED,
        NotificationKind.PROJECT_APPROVED,
        NotificationKind.PROJECT_REJECTED,
        NotificationKind.CREDITS_ISSUED,
        NotificationKind.CREDITS_RECEIVED,
        NotificationKind.CREDITS_REINSTATED,
        NotificationKind.CERTIFICATE_SEALED,
    }
)
"""What the profile's one switch turns off as mail; what says that something went wrong is not among them."""


@cache
def zones() -> Sequence[str]:
    """Names that a person may choose, in the order of the alphabet; UTC among them."""
    listed = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return sorted(listed | {DEFAULT_TIME_ZONE})


def require_preferences(
    time_zone: str, digest_hour: int, chosen: Sequence[tuple[NotificationKind, NoticeChannel]]
) -> NotificationPreferences:
    """
    Raises:
        Invalid: with all faults at once: no such zone or hour, a kind twice, a mandatory kind turned off.
    """
    faults: list[Fault] = []
    if time_zone not in zones():
        faults.append(
            Fault("/timeZone", "There is no such time zone; it is a name as “Europe/Warsaw”.")
        )
    if digest_hour not in HOURS:
        faults.append(Fault("/digestHour", "The hour is a whole number from 0 to 23."))
    channels: dict[NotificationKind, NoticeChannel] = {}
    for place, (kind, channel) in enumerate(chosen):
        if kind in channels:
            faults.append(Fault(f"/preferences/{place}/kind", f"“{kind}” is there more than once."))
        if not NOTICES[kind].allows(channel):
            faults.append(
                Fault(
                    f"/preferences/{place}/channel",
                    f"“{NOTICES[kind].title}” is always mailed: it protects the account or the registry,"
                    " or has a deadline.",
                )
            )
        channels[kind] = channel
    if faults:
        raise Invalid("; ".join(fault.detail for fault in faults), *faults)
    return NotificationPreferences(time_zone, digest_hour, channels)


def digest_day(
    preferences: NotificationPreferences, *, last: date | None, at: datetime
) -> date | None:
    """
    The person's own day that a digest is due for; None: not yet, or there was one that day.

    Zones where the hour is left out in spring get it an hour later, and where it comes twice, once.
    """
    there = at.astimezone(ZoneInfo(preferences.time_zone))
    if last is not None and there.date() <= last:
        return None
    return there.date() if there.hour >= preferences.digest_hour else None


DIGEST_WAITS_MAX = timedelta(days=2)
"""A digest that could not be handed over for so long is given up; all of it stands in the app."""
