"""
What there is to review, by a digest: whoever decides says what they saw, and is told what changed since.

The digest is of the project's facts and of the documents that count as evidence.

Source: ADR 0090.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785

from domain.errors import ChangedSince
from domain.projects.documents import Disclosure, Document
from domain.projects.projects import Project, signed_facts
from domain.projects.verification import Verification
from domain.visible_text import isolated


@dataclass(frozen=True)
class ReviewedMaterial:
    """A round's material; `documents` are the completed ones of the round."""

    verification: Verification
    project: Project
    documents: Sequence[Document]


def review_digest(reviewed: ReviewedMaterial) -> str:
    """SHA-256 (hex) of the canonical JSON (RFC 8785) of what there is to review now."""
    return _digest(reviewed, reviewed.documents)


def changed_since(reviewed: ReviewedMaterial, digest: str) -> Sequence[str] | None:
    """
    What changed since the material had this digest, in sentences, the oldest first; empty: nothing did.

    None: that digest is of other facts, or of nothing that the round ever had.
    """
    if _digest(reviewed, reviewed.documents) == digest:
        return ()
    moments = {one.completed_at for one in reviewed.documents if one.completed_at is not None}
    for moment in sorted(moments, reverse=True):
        earlier = [one for one in reviewed.documents if not _came(one, moment)]
        if _digest(reviewed, earlier) == digest:
            later = [one for one in reviewed.documents if _came(one, moment)]
            return [f"the {_named(one)} was added" for one in later]
    return None


def require_unchanged(reviewed: ReviewedMaterial, digest: str) -> None:
    """
    Raises:
        ChangedSince: there is something else now than had this digest; the sentence says what.
    """
    changed = changed_since(reviewed, digest)
    if changed is None:
        raise ChangedSince("The project's facts changed since you looked. Look at it again.")
    if changed:
        raise ChangedSince(f"Changed since you looked: {'; '.join(changed)}. Look at it again.")


def _digest(reviewed: ReviewedMaterial, documents: Sequence[Document]) -> str:
    period = reviewed.verification.monitoring_period
    facts: Mapping[str, Any] = signed_facts(reviewed.project)
    material: dict[str, Any] = {
        "project": {
            **facts,
            "creditingPeriodEnd": reviewed.project.crediting_period_end.isoformat(),
        },
        "round": reviewed.verification.number,
        "monitoringPeriod": None if period is None else str(period),
        "documents": sorted(
            f"{one.document_type.value} {one.sha256} {one.id}" for one in documents
        ),
    }
    return hashlib.sha256(rfc8785.dumps(material)).hexdigest()


def _came(document: Document, moment: datetime) -> bool:
    return document.completed_at is not None and document.completed_at >= moment


def _named(document: Document) -> str:
    """Without the name where that is not for everybody who works on the project."""
    kind = document.document_type.replace("_", " ")
    if document.disclosure not in {Disclosure.PUBLIC, Disclosure.INTERNAL}:
        return kind
    return f"{kind} “{isolated(document.name)}”"
