"""
The proof that a certificate is in the transparency log: one document, which is checked offline.

It has the audit entry of the certificate's seal and each movement of the retirement, with the hashes that
lead from their leaves to a checkpoint's root, the checkpoint, and where on the chain that is anchored.
Source: ADR 0107.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.audit.log import DisclosedValue, PublicEntry
from domain.transparency.checkpoints import Checkpoint
from domain.transparency.leaves import Leaf

PROOF_TYPE = "TransparencyProof"
PROOF_VERSION = 1


@dataclass(frozen=True)
class ProvenLeaf:
    """`hashes` lead from the leaf at `index` to the root; `source` is what the leaf's hash is of."""

    index: int
    leaf: Leaf
    hashes: Sequence[bytes]
    source: Mapping[str, Any]


@dataclass(frozen=True)
class CheckpointAnchor:
    """Where the checkpoint's size and root stand on Cardano; `tx_hash` None: it is on its way."""

    network: str
    tx_hash: str | None


def proof_document(
    retirement_id: str,
    checkpoint: Checkpoint,
    anchor: CheckpointAnchor | None,
    leaves: Sequence[ProvenLeaf],
) -> dict[str, Any]:
    """To be written as canonical JSON."""
    return {
        "type": PROOF_TYPE,
        "version": PROOF_VERSION,
        "certificateId": retirement_id,
        "checkpoint": checkpoint.note,
        "anchor": {"network": anchor.network, "txHash": anchor.tx_hash} if anchor else None,
        "leaves": [
            {
                "index": one.index,
                "kind": one.leaf.kind.value,
                "seq": one.leaf.seq,
                "hash": one.leaf.hash,
                "source": dict(one.source),
                "proof": [hash.hex() for hash in one.hashes],
            }
            for one in leaves
        ],
    }


def entry_source(entry: PublicEntry) -> dict[str, Any]:
    """An audit entry as `/registry/audit` shows it."""
    return {
        "seq": entry.seq,
        "previousHash": entry.previous_hash,
        "hash": entry.hash,
        "hashVersion": entry.hash_version,
        "eventType": entry.event_type,
        "action": entry.action,
        "resourceType": entry.resource_type,
        "at": entry.at,
        "commitments": dict(entry.commitments) if entry.commitments is not None else None,
        "disclosed": {
            name: {"salt": shown.salt, "value": shown.value}
            for name, shown in entry.disclosed.items()
        },
    }


def entry_of(source: Mapping[str, Any]) -> PublicEntry:
    """
    Raises:
        KeyError, TypeError, AttributeError: it is no audit entry.
    """
    return PublicEntry(
        seq=source["seq"],
        previous_hash=source["previousHash"],
        hash=source["hash"],
        hash_version=source["hashVersion"],
        event_type=source["eventType"],
        action=source["action"],
        resource_type=source["resourceType"],
        at=source["at"],
        commitments=source["commitments"],
        disclosed={
            name: DisclosedValue(shown["salt"], shown["value"])
            for name, shown in source["disclosed"].items()
        },
    )
