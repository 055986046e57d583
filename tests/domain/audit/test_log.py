"""The audit log is a chain: change one thing anywhere and every later hash is another."""

import hashlib
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audit.log import (
    GENESIS_HASH,
    PUBLIC_RESOURCES,
    AuditEntry,
    commitment,
    disclose,
    entry_hash,
    field_salt,
    public_hash,
    publish,
    source_is_as_committed,
    text_around_link,
    with_source_committed,
)
from tests.audit_chain import chain_entry
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
SALT = bytes(range(32))
OTHER_SALT = bytes(32)


def hashes(entries: list[AuditEntry]) -> list[str]:
    found: list[str] = []
    for seq, entry in enumerate(entries, start=1):
        found.append(entry_hash(seq, found[-1] if found else GENESIS_HASH, entry, SALT))
    return found


@pytest.mark.parametrize(
    ("salt", "expected"),
    [
        (None, "10037087adf644849aebda94e765a011715fca186c35d762e80491419c6f3a52"),
        (SALT, "49709f0413c066bf7cc8525415922bc76192b5a05cd65129fbbe208462e10db3"),
    ],
    ids=["version 1", "version 2"],
)
def test_the_first_entry_of_a_chain_has_this_very_hash(salt: bytes | None, expected: str) -> None:
    # Written out, because the logs of years ago must still verify.
    assert entry_hash(1, GENESIS_HASH, ENTRY, salt) == expected


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
@pytest.mark.parametrize("salt", [None, SALT], ids=["version 1", "version 2"])
def test_whatever_changes_in_an_entry_changes_its_hash(
    changes: dict[str, Any], salt: bytes | None
) -> None:
    changed = entry_hash(1, GENESIS_HASH, replace(ENTRY, **changes), salt)

    assert changed != entry_hash(1, GENESIS_HASH, ENTRY, salt)


def test_an_entry_elsewhere_in_the_chain_has_another_hash() -> None:
    here = entry_hash(1, GENESIS_HASH, ENTRY, SALT)

    assert entry_hash(2, GENESIS_HASH, ENTRY, SALT) != here
    assert entry_hash(1, "1" * 64, ENTRY, SALT) != here
    assert entry_hash(1, GENESIS_HASH, ENTRY, OTHER_SALT) != here


@pytest.mark.parametrize("resource_type", ["project", *sorted(PUBLIC_RESOURCES)])
def test_everybody_can_recompute_an_entrys_hash_without_learning_who_acted(
    resource_type: str,
) -> None:
    chained = chain_entry(7, "1" * 64, replace(ENTRY, resource_type=resource_type), SALT)

    public = publish(chained)

    assert public_hash(public) == chained.hash
    assert str(DEVELOPER.id) not in str(public)
    assert SALT.hex() not in str(public)


def test_what_is_public_anyway_is_disclosed_with_its_own_salt_alone() -> None:
    public = publish(chain_entry(7, "1" * 64, ENTRY, SALT))

    assert public.commitments is not None
    assert {name: shown.value for name, shown in public.disclosed.items()} == {
        "resourceId": str(ENTRY.resource_id),
        "changes": ENTRY.changes,
    }
    assert {name: commitment(s.salt, s.value) for name, s in public.disclosed.items()} == {
        name: public.commitments[name] for name in ("resourceId", "changes")
    }
    assert field_salt(SALT, "userId") not in str(public)


def test_of_what_is_not_public_everybody_sees_commitments_only() -> None:
    public = publish(chain_entry(7, "1" * 64, replace(ENTRY, resource_type="project"), SALT))

    assert public.disclosed == {}
    assert str(ENTRY.resource_id) not in str(public)


def test_two_entries_of_one_person_commit_to_it_differently() -> None:
    first = publish(chain_entry(1, GENESIS_HASH, ENTRY, SALT)).commitments
    second = publish(chain_entry(1, GENESIS_HASH, ENTRY, OTHER_SALT)).commitments

    assert first is not None
    assert second is not None
    assert not set(first.values()) & set(second.values())


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

    assert entry_hash(1, GENESIS_HASH, elsewhere, SALT) == entry_hash(1, GENESIS_HASH, ENTRY, SALT)


@given(
    st.integers(1, 2**53 - 1),
    st.text(st.sampled_from("0123456789abcdef"), min_size=64, max_size=64),
    st.dictionaries(st.text(), st.none() | st.text() | st.lists(st.integers(0, 2**53 - 1))),
    st.sampled_from([None, BUYER.id]),
    st.binary(min_size=32, max_size=32),
)
def test_the_text_around_the_link_with_the_link_is_what_the_hash_covers(
    seq: int, previous_hash: str, changes: dict[str, Any], user_id: UUID | None, salt: bytes
) -> None:
    entry = replace(ENTRY, changes=changes, user_id=user_id)

    before_hash, before_seq, after_seq = text_around_link(entry, salt)

    whole = f"{before_hash}{previous_hash}{before_seq}{seq}{after_seq}"
    digest = hashlib.sha256(whole.encode()).hexdigest()
    assert digest == entry_hash(seq, previous_hash, entry, salt)


SOURCE = {"network": "203.0.113.0/24", "browser": "Firefox"}


def test_a_source_is_committed_to_and_shown_to_nobody_but_staff() -> None:
    kept = with_source_committed(replace(ENTRY, source=SOURCE), SALT)
    chained = chain_entry(1, GENESIS_HASH, kept, SALT)

    shown = publish(chained)
    assert "203.0.113" not in repr(shown)
    assert public_hash(shown) == chained.hash
    disclosed = disclose(chained).disclosed
    assert disclosed.keys() == {"userId", "resourceId", "changes", "source"}
    assert disclosed["source"].value == SOURCE
    assert (
        commitment(disclosed["source"].salt, disclosed["source"].value)
        == disclosed["changes"].value["sourceCommitment"]
    )
    assert {name: commitment(it.salt, it.value) for name, it in disclosed.items()}.items() >= dict(
        shown.commitments or {}
    ).items()


@pytest.mark.parametrize(
    ("source", "agrees"),
    [(SOURCE, True), (None, True), ({**SOURCE, "browser": "Chrome"}, False), ({}, False)],
    ids=["as it was", "erased", "another", "emptied"],
)
def test_a_source_can_be_erased_and_not_changed(
    source: dict[str, str] | None, *, agrees: bool
) -> None:
    kept = with_source_committed(replace(ENTRY, source=SOURCE), SALT)

    chained = chain_entry(1, GENESIS_HASH, replace(kept, source=source), SALT)

    assert source_is_as_committed(chained) is agrees
    assert entry_hash(1, GENESIS_HASH, kept, SALT) == chained.hash


def test_an_entry_without_a_source_is_as_before() -> None:
    assert with_source_committed(ENTRY, SALT) == ENTRY
    assert disclose(chain_entry(1, GENESIS_HASH, ENTRY, SALT)).disclosed.keys() == {
        "userId",
        "resourceId",
        "changes",
    }
