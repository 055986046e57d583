"""Entries in their places, as the registry would have chained them."""

from domain.audit.log import HASH_VERSION, AuditEntry, ChainedEntry, entry_hash


def chain_entry(seq: int, previous_hash: str, entry: AuditEntry, salt: bytes) -> ChainedEntry:
    digest = entry_hash(seq, previous_hash, entry, salt)
    return ChainedEntry(seq, previous_hash, digest, HASH_VERSION, salt, entry)
