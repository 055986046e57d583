"""
Write docs/notifications.md from the table of kinds.

    python -m tools.notifications_page            write the page
    python -m tools.notifications_page --print    print it instead
"""

import argparse
import sys
from pathlib import Path

from domain.accounts.notices.kinds import NOTICES, NoticeKind, NoticeTopic
from domain.accounts.notices.preferences import GOOD_NEWS
from domain.accounts.notifications import NotificationKind

PAGE = Path(__file__).parents[1] / "docs" / "notifications.md"
HEAD = """\
# Notifications

Who is told what, and how. `python -m tools.notifications_page` writes this page from `domain/accounts/notices/kinds.py`; a test
holds the two together. Whoever adds an event that somebody must act on or know of adds a kind there.

Each kind reaches a person by mail at once, in the daily digest, in the app alone, or not at all; all but the last show it in the
app, with a mark when it was read. People choose (`GET` and `PUT /api/v1/me/notification-preferences`, `/account/notifications/preferences`).
What is mandatory is always mailed at once: it protects an account or the registry, or has a deadline. All others end in a signed
link that turns them off with one click ([ADR 0074](adr/0074-notifications-are-chosen-by-kind.md)). "Good news" is what the one
switch of the profile (`preferences.mailNotifications`) leaves in the app where nothing else was chosen.

Events of the registry that go to other programs are in [events.md](events.md).
"""
COLUMNS = (
    "| kind | what it says | told | default | mandatory | good news |\n|---|---|---|---|---|---|"
)


def page() -> str:
    parts = [HEAD]
    for topic in NoticeTopic:
        rows = [_row(kind, notice) for kind, notice in NOTICES.items() if notice.topic is topic]
        if rows:
            parts.append("\n".join([f"## {topic.value.capitalize()}", "", COLUMNS, *rows, ""]))
    return "\n".join(parts)


def _row(kind: NotificationKind, notice: NoticeKind) -> str:
    told = ", ".join(sorted(role.value for role in notice.told))
    cells = (
        f"`{kind.value}`",
        notice.title,
        told,
        f"`{notice.default.value}`",
        "yes" if notice.mandatory else "",
        "yes" if kind in GOOD_NEWS else "",
    )
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true")
    if parser.parse_args(arguments).print:
        sys.stdout.write(page())
    else:
        PAGE.write_text(page())


if __name__ == "__main__":
    main()
