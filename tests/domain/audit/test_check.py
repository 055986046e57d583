"""The check of the audit log: whoever changes, removes, adds or swaps an entry is found out."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.audit.check import Anchor, AuditCheck, Link, found_anchor, kept_link, public_link
from domain.audit.log import GENESIS_HASH, AuditEntry, AuditHead, ChainedEntry, publish
from tests.audit_chain import chain_entry
from tests.factories import BUYER, DEVELOPER, NOW, named

TX_HASH = "ab" * 32
LENGTH = 6


def log(length: int = LENGTH) -> list[ChainedEntry]:
    made: list[ChainedEntry] = []
    for seq in range(1, length + 1):
        entry = AuditEntry(
            event_type="credits.retired",
            action="retired",
            user_id=DEVELOPER.id,
            resource_type="credit_transaction",
            resource_id=named(f"transaction {seq}"),
            changes={"after": seq},
            at=NOW,
        )
        made.append(
            chain_entry(seq, made[-1].hash if made else GENESIS_HASH, entry, bytes([seq]) * 32)
        )
    return made


def said(
    links: Sequence[Link], head: AuditHead | None = None, anchors: Sequence[Anchor] = ()
) -> list[str]:
    check = AuditCheck(anchors)
    found = [fault for link in links for fault in check.faults(link)]
    return found + check.faults_at_end(head or AuditHead(links[-1].seq, links[-1].hash))


def anchor_of(chained: ChainedEntry) -> Anchor:
    return Anchor(chained.seq, chained.hash, TX_HASH)


def test_a_log_as_it_was_written_has_no_fault_from_inside_or_outside() -> None:
    entries = log()
    anchors = [anchor_of(entries[2]), anchor_of(entries[5])]

    assert said([kept_link(entry) for entry in entries], anchors=anchors) == []
    assert said([public_link(publish(entry)) for entry in entries], anchors=anchors) == []


def test_an_empty_log_ends_where_chains_begin() -> None:
    check = AuditCheck()

    assert check.faults_at_end(AuditHead(0, GENESIS_HASH)) == []
    assert len(check.faults_at_end(AuditHead(1, "1" * 64))) == 1


@given(st.integers(0, LENGTH - 1))
def test_a_changed_entry_is_named(place: int) -> None:
    entries = log()
    forged = replace(entries[place], entry=replace(entries[place].entry, user_id=BUYER.id))
    links = [kept_link(entry) for entry in [*entries[:place], forged, *entries[place + 1 :]]]

    (sentence,) = said(links)

    assert sentence.startswith(f"Entry {place + 1} was changed")


@given(st.integers(0, LENGTH - 2))
def test_a_missing_entry_is_named(place: int) -> None:
    links = [kept_link(entry) for entry in log()]
    del links[place]

    assert said(links) == [f"Entry {place + 1} is missing."]


def test_a_missing_stretch_is_named_once() -> None:
    links = [kept_link(entry) for entry in log()]

    assert said([links[0], *links[4:]]) == ["Entries 2 to 4 are missing."]


@given(st.integers(0, LENGTH - 2))
def test_swapped_entries_are_named(place: int) -> None:
    entries = log()
    first, second = entries[place], entries[place + 1]
    entries[place] = replace(second, seq=first.seq)
    entries[place + 1] = replace(first, seq=second.seq)

    sentences = said([kept_link(entry) for entry in entries])

    assert {f"Entry {place + n} was changed" for n in (1, 2)} <= {
        sentence.partition(":")[0] for sentence in sentences
    }


def test_a_chain_written_anew_from_a_changed_entry_on_agrees_with_itself_but_not_with_its_anchor() -> (
    None
):
    entries = log()
    forged = entries[:1]
    for entry in entries[1:]:
        changed = replace(entry.entry, user_id=BUYER.id)
        forged.append(chain_entry(entry.seq, forged[-1].hash, changed, b"f" * 32))
    links = [kept_link(entry) for entry in forged]

    assert said(links) == []
    assert said(links, anchors=[anchor_of(entries[3])]) == [
        (
            f"Entry 4 is anchored with hash {entries[3].hash} in transaction {TX_HASH}; "
            f"the log has hash {forged[3].hash}."
        )
    ]


def test_a_tail_that_was_cut_off_behind_the_last_anchor_is_missed() -> None:
    entries = log()
    links = [kept_link(entry) for entry in entries[:4]]

    assert said(links, anchors=[anchor_of(entries[5])]) == [
        (
            f"Entry 6 is anchored in transaction {TX_HASH} and is not in the log, "
            "which ends with entry 4."
        )
    ]


def test_a_head_that_is_not_the_last_entry_is_named() -> None:
    entries = log()

    (sentence,) = said([kept_link(e) for e in entries[:4]], AuditHead(6, entries[5].hash))

    assert sentence.startswith("The head says that entry 6")


def test_a_disclosed_value_that_was_not_committed_to_is_named() -> None:
    entries = log()
    public = publish(entries[2])
    lie = replace(public.disclosed["changes"], value={"after": 30})
    lying = replace(public, disclosed={**public.disclosed, "changes": lie})
    links = [public_link(lying if e.seq == 3 else publish(e)) for e in entries]

    assert said(links) == ["Entry 3 discloses a value of changes that it did not commit to."]


def test_an_entry_cannot_hide_behind_an_older_rule() -> None:
    entries = log()
    hidden = replace(publish(entries[3]), hash_version=1, commitments=None, disclosed={})
    links = [public_link(hidden if e.seq == 4 else publish(e)) for e in entries]

    assert said(links) == [
        "Entry 4 is hashed by version 1 of the rule, after entries of version 2."
    ]


def test_an_entry_without_what_its_hash_covers_is_named() -> None:
    entries = log()
    hidden = replace(publish(entries[3]), commitments=None, disclosed={})
    links = [public_link(hidden if e.seq == 4 else publish(e)) for e in entries]

    assert said(links) == ["Entry 4 has no content."]


def test_what_is_no_anchor_of_ours_is_none() -> None:
    assert found_anchor({"seq": 3, "hash": "ff"}, TX_HASH) == Anchor(3, "ff", TX_HASH)
    assert found_anchor({"seq": True, "hash": "ff"}, TX_HASH) is None
    assert found_anchor({"seq": "3", "hash": "ff"}, TX_HASH) is None
    assert found_anchor({"seq": 3}, TX_HASH) is None
