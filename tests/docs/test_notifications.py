"""The page of notifications says what the table of kinds says."""

from pathlib import Path

from domain.accounts.notifications import NotificationKind
from tools.notifications_page import page

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_its_tool_would_write_and_names_every_kind() -> None:
    written = (ROOT / "docs" / "notifications.md").read_text()

    assert written == page()
    assert [kind for kind in NotificationKind if written.count(f"| `{kind}` |") != 1] == []
