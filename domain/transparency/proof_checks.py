"""
Checking the proof that a certificate is in the transparency log, trusting nothing of the registry's server.

No input makes `check_proof` raise. The certificate itself is checked apart (domain/certificates/checks.py).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from domain.audit.log import commitment, public_hash
from domain.certificates.check_results import Check, TrustedKey
from domain.chain.metadata import audit_anchors
from domain.transparency.checkpoints import Checkpoint, NoteKey, Verify, origin_of
from domain.transparency.leaves import Leaf, LeafKind, movement_hash
from domain.transparency.merkle import leaf_hash, root_by_inclusion
from domain.transparency.proofs import PROOF_TYPE, PROOF_VERSION, entry_of

PROOF_SIZE_MAX = 4 * 1024 * 1024
SEAL_EVENT = "certificate.sealed"

_UNREADABLE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    RecursionError,
    OverflowError,
)


def read_proof(raw: bytes) -> Mapping[str, Any]:
    """
    Raises:
        ValueError: it is no proof of this form.
    """
    if len(raw) > PROOF_SIZE_MAX:
        raise ValueError("The proof is larger than any.")
    try:
        document = json.loads(raw.decode("utf-8"))
        if (document["type"], document["version"]) != (PROOF_TYPE, PROOF_VERSION):
            raise ValueError("another type")
        Checkpoint.parse(document["checkpoint"])
        list(document["leaves"])
    except _UNREADABLE:
        raise ValueError("The file is no proof of the transparency log.") from None
    return dict(document)


def anchor_tx(proof: Mapping[str, Any]) -> str | None:
    """The transaction that is said to hold the checkpoint; None when none is named."""
    anchor = proof.get("anchor")
    tx_hash = anchor.get("txHash") if isinstance(anchor, dict) else None
    return tx_hash if isinstance(tx_hash, str) else None


def check_proof(
    proof: Mapping[str, Any],
    certificate: Mapping[str, Any],
    *,
    verify_signature: Verify,
    trusted_keys: Sequence[TrustedKey] | None,
    anchored: Any = None,
    witnesses: Sequence[NoteKey] = (),
) -> tuple[Check, ...]:
    """
    `proof` as `read_proof` gives it, `certificate` sealed, with its proof.

    `anchored` is what the chain shows under label 674 of `anchor_tx`; None: nobody looked. Of
    `witnesses` each must have signed.
    """
    checkpoint = Checkpoint.parse(proof["checkpoint"])
    return (
        _check_checkpoint(checkpoint, certificate, verify_signature, trusted_keys),
        _check_inclusion(checkpoint, proof["leaves"]),
        _check_seal(proof["leaves"], certificate),
        _check_movements(proof["leaves"], certificate),
        _check_anchor(checkpoint, anchored),
        *(_check_witness(checkpoint, one, verify_signature) for one in witnesses),
    )


def _check_checkpoint(
    checkpoint: Checkpoint,
    certificate: Mapping[str, Any],
    verify: Verify,
    trusted_keys: Sequence[TrustedKey] | None,
) -> Check:
    name = "checkpoint"
    try:
        expected = origin_of(certificate["registry"]["url"])
    except _UNREADABLE:
        expected = ""
    if checkpoint.origin != expected:
        return Check(name, False, "The checkpoint is not of the log of the certificate's registry.")
    if trusted_keys is None:
        return Check(
            name,
            None,
            "Not checked: whether the checkpoint's key is the registry's.",
            "/checkpoint",
        )
    keys = [NoteKey(checkpoint.origin, bytes.fromhex(key.public_key)) for key in trusted_keys]
    if not any(checkpoint.is_signed_by(key, verify) for key in keys):
        return Check(name, False, "No key of the registry signed the checkpoint.", "/checkpoint")
    return Check(
        name, True, f"The registry signed its log of {checkpoint.size} leaves.", "/checkpoint"
    )


def _check_inclusion(checkpoint: Checkpoint, leaves: Sequence[Any]) -> Check:
    name = "inclusion"
    for place, one in enumerate(leaves):
        pointer = f"/leaves/{place}"
        try:
            fault = _inclusion_fault(checkpoint, one)
        except _UNREADABLE:
            fault = "is not written as a leaf with its proof"
        if fault is not None:
            return Check(name, False, f"Leaf {place + 1} of the proof {fault}.", pointer)
    if not leaves:
        return Check(name, False, "The proof has no leaf.", "/leaves")
    return Check(name, True, f"{len(leaves)} leaves are in the log of the checkpoint.", "/leaves")


def _inclusion_fault(checkpoint: Checkpoint, one: Mapping[str, Any]) -> str | None:
    leaf = Leaf(LeafKind(one["kind"]), one["seq"], one["hash"])
    source = one["source"]
    if source["seq"] != leaf.seq:
        return "has another number than what it is of"
    if leaf.kind is LeafKind.MOVEMENT:
        content = movement_hash(source)
    else:
        entry = entry_of(source)
        committed = entry.commitments or {}
        if any(
            committed.get(name) != commitment(shown.salt, shown.value)
            for name, shown in entry.disclosed.items()
        ):
            return "discloses something that it did not commit to"
        content = public_hash(entry) or ""
    if content != leaf.hash:
        return "is not what its hash says"
    return _place_fault(checkpoint, leaf, one["index"], one["proof"])


def _place_fault(
    checkpoint: Checkpoint, leaf: Leaf, index: Any, proof: Sequence[str]
) -> str | None:
    hashes = [bytes.fromhex(hash) for hash in proof]
    if isinstance(index, bool) or not isinstance(index, int):
        return "has no place"
    if any(len(hash) != 32 for hash in hashes):  # noqa: PLR2004 -- SHA-256
        return "has a proof of other hashes than SHA-256"
    if not 0 <= index < checkpoint.size:
        return f"would stand outside of a log of {checkpoint.size} leaves"
    root = root_by_inclusion(leaf_hash(leaf.content), index, checkpoint.size, hashes)
    return None if root == checkpoint.root else "leads to another root than the checkpoint's"


def _check_seal(leaves: Sequence[Any], certificate: Mapping[str, Any]) -> Check:
    """Whether one of the leaves is the audit entry of this very seal."""
    name = "seal in the log"
    try:
        digest, retirement_id = certificate["proof"]["digest"], certificate["certificateId"]
        for place, one in enumerate(leaves):
            if one["kind"] != LeafKind.AUDIT.value:
                continue
            entry = entry_of(one["source"])
            shown = {name: value.value for name, value in entry.disclosed.items()}
            if entry.event_type != SEAL_EVENT or shown.get("resourceId") != retirement_id:
                continue
            stated = shown["changes"]["after"].get("digest")
            pointer = f"/leaves/{place}"
            if stated is None:
                sentence = "The entry of the seal is from before such entries named a digest."
                return Check(name, None, sentence, pointer)
            if stated != digest:
                sentence = "The log has another seal of this certificate than this one."
                return Check(name, False, sentence, pointer)
            return Check(name, True, "The log has the seal of this very certificate.", pointer)
    except _UNREADABLE:
        pass
    return Check(name, False, "The proof has no entry of this certificate's seal.", "/leaves")


def _check_movements(leaves: Sequence[Any], certificate: Mapping[str, Any]) -> Check:
    name = "movements in the log"
    try:
        retirement_id = certificate["certificateId"]
        found = {
            (source["resultSerial"], source["units"]["first"], source["units"]["last"])
            for one in leaves
            if one["kind"] == LeafKind.MOVEMENT.value
            for source in (one["source"],)
            if (source["type"], source["retirementId"]) == ("retirement", retirement_id)
        }
        missing = [
            credit["serial"]
            for credit in certificate["credits"]
            if (credit["serial"], credit["units"]["first"], credit["units"]["last"]) not in found
        ]
    except _UNREADABLE:
        return Check(name, False, "The proof's movements cannot be read.", "/leaves")
    if missing:
        sentence = f"The proof has no movement that retired {', '.join(map(str, missing))}."
        return Check(name, False, sentence, "/leaves")
    return Check(name, True, "The log has the movement of each retired credit.", "/leaves")


def _check_anchor(checkpoint: Checkpoint, anchored: Any) -> Check:
    name = "checkpoint on the chain"
    if anchored is None:
        return Check(name, None, "Not checked: whether the chain has the checkpoint.", "/anchor")
    for record in audit_anchors(anchored):
        stated = record.get("tree_size"), record.get("root_hash")
        if stated == (checkpoint.size, checkpoint.root.hex()):
            return Check(name, True, "The chain has the checkpoint's size and root.", "/anchor")
    return Check(
        name, False, "The transaction has no anchor of this checkpoint's size and root.", "/anchor"
    )


def _check_witness(checkpoint: Checkpoint, witness: NoteKey, verify: Verify) -> Check:
    name, signed = f"witness {witness.name}", checkpoint.is_signed_by(witness, verify)
    sentence = "The witness cosigned it." if signed else "The witness has not cosigned it."
    return Check(name, signed, sentence, "/checkpoint")
