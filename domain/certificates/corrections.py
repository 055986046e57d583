"""
Corrections of certificates: a seal stands byte for byte, and beside it stands what in it is wrong.

Source: ADR 0040.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.certificates.certificates import evidence_parts
from domain.certificates.issuances import issuance_parts

REASON = (
    "The registry's staff decided in the stead of the assigned verifier, whose body the certificate "
    "names; that body verified nothing here."
)


@dataclass(frozen=True)
class Statement:
    """`stated` is what a certificate says at `pointer` (RFC 6901), `correct` what is right."""

    pointer: str
    stated: str | None
    correct: str | None


@dataclass(frozen=True)
class Correction:
    """Public, and for ever: of the seal with this `digest` (hex)."""

    id: UUID
    retirement_id: UUID
    digest: str
    pointer: str
    stated: str | None
    correct: str | None
    reason: str
    corrected_at: datetime


def wrong_bodies(
    document: Mapping[str, Any], bodies: Mapping[str, str | None]
) -> Iterator[Statement]:
    """
    Where a certificate of either version names another verification body than signed off.

    `bodies` are those behind the sign-off digests (hex) to be looked at; others are left alone.
    """
    of_several = isinstance(document["evidence"], list)
    for index, evidence in enumerate(evidence_parts(document)):
        digest, stated = evidence["signOffDigest"], evidence["verificationBody"]
        if digest in bodies and stated != bodies[digest]:
            place = f"/evidence/{index}" if of_several else "/evidence"
            yield Statement(f"{place}/verificationBody", stated, bodies[digest])


def overstated_issuances(
    document: Mapping[str, Any], sign_off_digest: str, vintage: int, correct: str
) -> Iterator[Statement]:
    """
    Where a sealed certificate states what was approved of a vintage of which some was issued in error (ADR 0101).

    `correct` is what is left of it, in tonnes. Certificates that name no issuances state it nowhere.
    """
    for index, part in enumerate(issuance_parts(document)):
        approval = part["approval"]
        if approval["signOffDigest"] == sign_off_digest and part["vintage"] == vintage:
            pointer = f"/issuances/{index}/approval/quantity"
            yield Statement(pointer, approval["quantity"], correct)


def with_bodies(document: Mapping[str, Any], bodies: Mapping[str, str | None]) -> dict[str, Any]:
    """The document with the right bodies, for a certificate that nobody has signed yet."""
    wrong = {statement.pointer: statement.correct for statement in wrong_bodies(document, bodies)}
    of_several = isinstance(document["evidence"], list)
    evidence = [
        {**part, "verificationBody": wrong[pointer]} if pointer in wrong else part
        for index, part in enumerate(evidence_parts(document))
        for pointer in [f"/evidence{f'/{index}' if of_several else ''}/verificationBody"]
    ]
    return {**document, "evidence": evidence if of_several else evidence[0]}
