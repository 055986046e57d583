"""The audit log is a chain: change one thing anywhere and every later hash is another."""

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audit import GENESIS_HASH, AuditEntry, entry_hash
from tests.factories import BUYER, DEVELOPER, NOW, named

ENTRY = AuditEntry(
    event_type="credits.retired",
    action="retired",
    user_id=DEVELOPER.id,
    resource_type="credit_transaction",
    resource_id=named("transaction"),
    changes={"before": {"status": "active"}, "after": {"status": "retired"}},
    at=NOW,
)


def hashes(entries: list[AuditEntry]) -> list[str]:
    found: list[str] = []
    for seq, entry in enumerate(entries, start=1):
        found.append(entry_hash(seq, found[-1] if found else GENESIS_HASH, entry))
    return found


def test_the_first_entry_of_a_chain_has_this_very_hash() -> None:
    # Written out, because the logs of years ago must still verify.
    assert (
        entry_hash(1, GENESIS_HASH, ENTRY)
        == "10037087adf644849aebda94e765a011715fca186c35d762e80491419c6f3a52"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"event_type": "credits.transferred"},
        {"action": "moved"},
        {"user_id": BUYER.id},
        {"user_id": None},
        {"resource_type": "credit"},
        {"resource_id": named("another transaction")},
        {"changes": {"before": {"status": "active"}, "after": {"status": "active"}}},
        {"changes": {}},
        {"at": NOW + timedelta(microseconds=1)},
    ],
)
def test_whatever_changes_in_an_entry_changes_its_hash(changes: dict[str, Any]) -> None:
    assert entry_hash(1, GENESIS_HASH, replace(ENTRY, **changes)) != entry_hash(
        1, GENESIS_HASH, ENTRY
    )


def test_an_entry_elsewhere_in_the_chain_has_another_hash() -> None:
    here = entry_hash(1, GENESIS_HASH, ENTRY)

    assert entry_hash(2, GENESIS_HASH, ENTRY) != here
    assert entry_hash(1, "1" * 64, ENTRY) != here


@given(st.integers(2, 12), st.data())
def test_changing_one_entry_changes_its_hash_and_every_later_one(
    length: int, data: st.DataObject
) -> None:
    chain = [replace(ENTRY, resource_id=named(str(n))) for n in range(length)]
    place = data.draw(st.integers(0, length - 1))
    forged = [*chain]
    forged[place] = replace(chain[place], user_id=BUYER.id)

    same = [a == b for a, b in zip(hashes(chain), hashes(forged), strict=True)]

    assert same == [index < place for index in range(length)]


@given(st.integers(2, 12), st.data())
def test_leaving_out_an_entry_changes_every_later_hash(length: int, data: st.DataObject) -> None:
    chain = [replace(ENTRY, resource_id=named(str(n))) for n in range(length)]
    place = data.draw(st.integers(0, length - 2))

    shortened = hashes(chain[:place] + chain[place + 1 :])

    assert not set(shortened[place:]) & set(hashes(chain))


def test_a_moment_has_one_hash_in_every_time_zone() -> None:
    elsewhere = replace(ENTRY, at=NOW.astimezone(timezone(timedelta(hours=5, minutes=30))))

    assert entry_hash(1, GENESIS_HASH, elsewhere) == entry_hash(1, GENESIS_HASH, ENTRY)
