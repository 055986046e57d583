"""
What a certificate says of the issuance its units come from: the approval, the quantities, the record on the chain.

Source: ADR 0039. Certificates sealed before it say nothing of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.chain.transactions import METADATA_LABEL, Inclusion
from domain.identifiers import Serial
from domain.quantities import UnitRange, format_tonnes


@dataclass(frozen=True)
class IssuedBlock:
    """An entry as it was issued, before anything was split from it."""

    serial: Serial
    units: UnitRange


@dataclass(frozen=True)
class Approved:
    """
    One vintage of an approval and all that was issued of it; `approved_units` are that vintage's.

    `buffer` is the share that was held back, if any.

    `transaction_id` is the issuance's, whose record stands on the chain.
    """

    transaction_id: UUID
    project_id: UUID
    vintage: int
    sign_off_digest: str
    approved_units: int
    issued: IssuedBlock
    buffer: IssuedBlock | None = None


@dataclass(frozen=True)
class CertifiedIssuance:
    """`record` is ours, in the shape of domain.chain.metadata.issuance_record."""

    approved: Approved
    network: str
    inclusion: Inclusion
    platform_address: str
    record: Mapping[str, Any]


def issuance_document(issuance: CertifiedIssuance) -> dict[str, Any]:
    approved = issuance.approved
    return {
        "projectId": str(approved.project_id),
        "vintage": approved.vintage,
        "approval": {
            "signOffDigest": approved.sign_off_digest,
            "quantity": format_tonnes(approved.approved_units),
        },
        "issued": _block(approved.issued),
        "buffer": _block(approved.buffer) if approved.buffer else None,
        "chain": {
            "network": issuance.network,
            "label": METADATA_LABEL,
            "txHash": issuance.inclusion.tx_hash,
            "blockHash": issuance.inclusion.block_hash,
            "blockHeight": issuance.inclusion.block_height,
            "slot": issuance.inclusion.slot,
            "confirmationsAtSealing": issuance.inclusion.confirmations,
            "platformAddress": issuance.platform_address,
            "record": dict(issuance.record),
        },
    }


def issuance_parts(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """None in a document that was sealed before certificates named their issuances."""
    parts: Sequence[Mapping[str, Any]] = document.get("issuances", ())
    return parts


def _block(block: IssuedBlock) -> dict[str, Any]:
    return {
        "serial": str(block.serial),
        "quantity": format_tonnes(block.units.quantity_units),
        "units": {"first": block.units.first, "last": block.units.last},
    }
