"""Kinds of notifications, what people choose of them, and the links that turn mails off."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.notices.kinds import NOTICES, NoticeChannel, kinds_told
from domain.accounts.notices.letters import Letter, LetterItem
from domain.accounts.notices.preferences import (
    GOOD_NEWS,
    NotificationPreferences,
    digest_day,
    require_preferences,
    zones,
)
from domain.accounts.notices.unsubscribing import Unsubscribing, read_token
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Role
from domain.errors import Invalid
from tests.factories import BUYER, DEVELOPER

KINDS = NotificationKind
KEY, OTHER_KEY = bytes(range(32)), bytes(32)
optional_kinds = st.sampled_from([kind for kind in KINDS if not NOTICES[kind].mandatory])


def test_every_kind_is_in_the_table_and_somebody_gets_it() -> None:
    assert set(NOTICES) == set(KINDS)
    assert all(notice.told for notice in NOTICES.values())
    assert set().union(*(kinds_told(role) for role in Role)) == set(KINDS)


def test_what_protects_or_has_a_deadline_must_arrive() -> None:
    mandatory = {kind for kind, notice in NOTICES.items() if notice.mandatory}

    named = [kind for kind in KINDS if kind.endswith("_overdue") or kind.startswith("wallet_")]
    assert mandatory >= {*named, KINDS.SIGN_IN_LOCKED, KINDS.OBLIGATION_OPENED, KINDS.ALERT}
    assert not mandatory & GOOD_NEWS


@given(kind=st.sampled_from(KINDS), channel=st.sampled_from(NoticeChannel), good=st.booleans())
def test_a_choice_holds_but_for_what_must_arrive(
    kind: NotificationKind, channel: NoticeChannel, *, good: bool
) -> None:
    chosen = NotificationPreferences(channels={kind: channel}, mails_good_news=good)

    assert chosen.channel(kind) is (NoticeChannel.MAIL if NOTICES[kind].mandatory else channel)


def test_all_faults_of_a_choice_are_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        require_preferences(
            "Atlantis/Poseidonis",
            24,
            [
                (KINDS.WALLET_LINKED, NoticeChannel.NONE),
                (KINDS.CREDITS_RECEIVED, NoticeChannel.DIGEST),
                (KINDS.CREDITS_RECEIVED, NoticeChannel.NONE),
            ],
        )

    assert [fault.pointer for fault in refused.value.faults] == [
        "/timeZone",
        "/digestHour",
        "/preferences/0/channel",
        "/preferences/2/kind",
    ]


@pytest.mark.parametrize(
    ("zone", "at", "last", "due"),
    [
        ("UTC", "2026-03-01T07:59+00:00", None, None),
        ("UTC", "2026-03-01T08:00+00:00", None, "2026-03-01"),
        ("UTC", "2026-03-01T23:59+00:00", "2026-03-01", None),
        ("UTC", "2026-03-02T08:00+00:00", "2026-03-01", "2026-03-02"),
        # The person's own morning, which is yesterday's evening in UTC.
        ("Pacific/Kiritimati", "2026-02-28T18:00+00:00", "2026-02-28", "2026-03-01"),
        ("Asia/Kathmandu", "2026-03-01T02:14+00:00", None, None),
        ("Asia/Kathmandu", "2026-03-01T02:15+00:00", None, "2026-03-01"),
        # Whoever was away for a week gets one digest, not seven.
        ("UTC", "2026-03-09T12:00+00:00", "2026-03-01", "2026-03-09"),
        # Gone east over the date line and back: one a day, and none for a day that was.
        ("America/New_York", "2026-03-01T20:00+00:00", "2026-03-02", None),
    ],
)
def test_a_digest_comes_once_on_each_day_of_the_persons_own(
    zone: str, at: str, last: str | None, due: str | None
) -> None:
    day = digest_day(
        NotificationPreferences(zone),
        last=date.fromisoformat(last) if last else None,
        at=datetime.fromisoformat(at),
    )

    assert day == (date.fromisoformat(due) if due else None)


@given(zone=st.sampled_from(zones()), hour=st.integers(0, 23), day=st.integers(0, 400))
def test_in_every_zone_and_on_every_day_one_digest_is_due_within_a_day(
    zone: str, hour: int, day: int
) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    chosen, last, days = NotificationPreferences(zone, hour), None, []
    for half_hours in range(2 * 50):
        due = digest_day(chosen, last=last, at=begin + timedelta(minutes=30 * half_hours))
        if due is not None:
            last = due
            days.append(due)

    # Fifty hours that begin an hour before midnight touch four days.
    assert 2 <= len(days) <= 4
    assert [late - early for early, late in itertools.pairwise(days)] == [timedelta(days=1)] * (
        len(days) - 1
    )


@given(kind=st.none() | optional_kinds)
def test_a_link_turns_off_what_it_names_for_whom_it_names(kind: NotificationKind | None) -> None:
    link = Unsubscribing(BUYER.id, kind)
    token = link.token(KEY)

    assert read_token(token) == link
    assert link.is_signed(KEY, token)
    assert not link.is_signed(OTHER_KEY, token)
    assert not Unsubscribing(DEVELOPER.id, kind).is_signed(KEY, token)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "x", f"{BUYER.id}", f"{BUYER.id}.digest", f"{BUYER.id}.digest.", f"{BUYER.id}.no.x",
     f"{BUYER.id}.wallet_linked.abc", "é.digest.x"],
)  # fmt: skip
def test_what_is_no_link_of_ours_names_nothing(token: str) -> None:
    assert read_token(token) is None


def test_a_letters_text_says_where_to_act_and_how_to_hear_less() -> None:
    letter = Letter(
        "Your digest",
        ("Since yesterday.",),
        items=(LetterItem("Credits came.", "https://r.example/a"),),
        unsubscribe_address="https://r.example/u",
        preferences_address="https://r.example/p",
    )

    assert letter.text == (
        "Since yesterday.\n\n- Credits came.\n  https://r.example/a\n\n"
        "Choose what you are told of and how: https://r.example/p\n\n"
        "No more mails of this kind: https://r.example/u\n"
    )
