"""Checking the audit log: link by link, against its head, and against its anchors on the chain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.audit.archives import AuditArchive
from domain.audit.issuances import AuditedFact, audited_fact
from domain.audit.log import (
    GENESIS_HASH,
    HASH_VERSION,
    SOURCE,
    AuditHead,
    ChainedEntry,
    PublicEntry,
    commitment,
    entry_hash,
    public_hash,
    source_is_as_committed,
)


@dataclass(frozen=True)
class Link:
    """
    An entry as the check sees it.

    `recomputed` is the hash that its content leads to; None where a stranger cannot know. `unlike`
    names what was disclosed and is not what was committed to. `fact` is what it tells of an issuance
    or its approval, as far as that can be seen.
    """

    seq: int
    previous_hash: str
    hash: str
    hash_version: int
    recomputed: str | None
    unlike: tuple[str, ...] = ()
    fact: AuditedFact | None = None


@dataclass(frozen=True)
class Anchor:
    """The number and hash of an entry, as a transaction on the chain holds them."""

    seq: int
    hash: str
    tx_hash: str


@dataclass(frozen=True)
class NamedAnchor:
    """
    What the registry says of an anchor.

    `is_due` when it calls the record confirmed, so that the chain must show it.
    """

    seq: int
    hash: str
    tx_hash: str | None
    is_due: bool


def kept_link(chained: ChainedEntry) -> Link:
    """A link as the registry's own database holds it, with everything that was hashed."""
    recomputed = entry_hash(chained.seq, chained.previous_hash, chained.entry, chained.salt)
    entry = chained.entry
    unlike = () if source_is_as_committed(chained) else (SOURCE,)
    return Link(
        chained.seq,
        chained.previous_hash,
        chained.hash,
        chained.hash_version,
        recomputed,
        unlike,
        fact=audited_fact(entry.event_type, str(entry.resource_id), entry.changes),
    )


def public_link(entry: PublicEntry) -> Link:
    """A link as everybody may see it; what is disclosed must be what was committed to."""
    committed = entry.commitments or {}
    unlike = tuple(
        name
        for name, shown in entry.disclosed.items()
        if committed.get(name) != commitment(shown.salt, shown.value)
    )
    shown = {name: disclosed.value for name, disclosed in entry.disclosed.items()}
    return Link(
        entry.seq,
        entry.previous_hash,
        entry.hash,
        entry.hash_version,
        public_hash(entry),
        unlike,
        audited_fact(entry.event_type, str(shown.get("resourceId")), shown.get("changes")),
    )


def found_anchor(record: Mapping[str, Any], tx_hash: str) -> Anchor | None:
    """None when the record on the chain is no anchor that we could have written."""
    seq, hash = record.get("seq"), record.get("hash")
    if isinstance(seq, bool) or not isinstance(seq, int) or not isinstance(hash, str):
        return None
    return Anchor(seq, hash, tx_hash)


class AuditCheck:
    """
    Takes the log's links in order and says, in sentences, what is wrong with each.

    It keeps nothing but the last link, however long the log is.
    """

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self._anchors: dict[int, list[Anchor]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.seq, []).append(anchor)
        self._seq = 0
        self._hash = GENESIS_HASH
        self._version = 1
        self.not_recomputed = 0
        self.archived = 0

    def faults(self, link: Link) -> list[str]:
        found = [*self._of_place(link), *self._of_content(link)]
        for anchor in self._anchors.pop(link.seq, []):
            found += self._of_anchor(anchor, link.hash)
        self._seq, self._hash, self._version = link.seq, link.hash, link.hash_version
        return found

    def pass_over(self, archive: AuditArchive) -> list[str]:
        """
        Go on after a month that is archived; what is known of it is its ends, and what anchors name.

        An entry of its file is checked like every other (`faults`) by who has it.
        """
        if archive.last_seq < archive.first_seq:
            return []
        found = self._of_place(
            Link(archive.first_seq, archive.previous_hash, archive.last_hash, self._version, None)
        )
        for seq in [s for s in self._anchors if archive.first_seq <= s <= archive.last_seq]:
            for anchor in self._anchors.pop(seq):
                found += self._of_anchor(anchor, archive.anchored.get(str(seq), "none"))
        if archive.anchored.get(str(archive.last_seq), archive.last_hash) != archive.last_hash:
            found.append(f"The archive of {archive.month:%Y-%m} has two hashes for its last entry.")
        self._seq, self._hash = archive.last_seq, archive.last_hash
        self.archived += archive.last_seq - archive.first_seq + 1
        return found

    def faults_at_end(self, head: AuditHead) -> list[str]:
        """What the head says, and anchors whose entries never came."""
        found = []
        if head != AuditHead(self._seq, self._hash):
            found.append(
                f"The head says that entry {head.seq} with hash {head.hash} is the newest; "
                f"the log ends with entry {self._seq}, hash {self._hash}."
            )
        left = sorted((a for same in self._anchors.values() for a in same), key=lambda a: a.seq)
        return found + [
            f"Entry {anchor.seq} is anchored in transaction {anchor.tx_hash} and is not in the "
            f"log, which ends with entry {self._seq}."
            for anchor in left
        ]

    def _of_place(self, link: Link) -> list[str]:
        expected = self._seq + 1
        if link.seq > expected:
            if link.seq == expected + 1:
                return [f"Entry {expected} is missing."]
            return [f"Entries {expected} to {link.seq - 1} are missing."]
        if link.seq < expected:
            return [f"Entry {link.seq} comes after entry {self._seq}."]
        if link.previous_hash != self._hash:
            return [
                (
                    f"Entry {link.seq} follows an entry with hash {link.previous_hash}; "
                    f"the hash of entry {self._seq} is {self._hash}."
                )
            ]
        return []

    def _of_content(self, link: Link) -> list[str]:
        if not self._version <= link.hash_version <= HASH_VERSION:
            return [
                (
                    f"Entry {link.seq} is hashed by version {link.hash_version} of the rule, "
                    f"after entries of version {self._version}."
                )
            ]
        if link.recomputed is None:
            self.not_recomputed += 1
            return [] if link.hash_version < HASH_VERSION else [f"Entry {link.seq} has no content."]
        found = [
            f"Entry {link.seq} discloses a value of {name} that it did not commit to."
            for name in link.unlike
        ]
        if link.recomputed != link.hash:
            found.append(
                f"Entry {link.seq} was changed: its hash is {link.hash}, "
                f"its content leads to {link.recomputed}."
            )
        return found

    @staticmethod
    def _of_anchor(anchor: Anchor, hash: str) -> list[str]:
        if anchor.hash == hash:
            return []
        return [
            (
                f"Entry {anchor.seq} is anchored with hash {anchor.hash} in transaction "
                f"{anchor.tx_hash}; the log has hash {hash}."
            )
        ]
