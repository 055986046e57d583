"""
What there is to review, by a digest: whoever decides says what they saw, and is told what changed since.

The digest is of the project's facts and of the documents that count as evidence. From the history that is
kept of both, each earlier digest can be worked out again, and so what changed since any of them.

Source: ADR 0090.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785

from domain.errors import ChangedSince
from domain.projects.changes.project_changes import ProjectChange, facts_of, words_of
from domain.projects.documents import Disclosure, Document
from domain.projects.projects import Project
from domain.projects.verification import Verification
from domain.visible_text import isolated


@dataclass(frozen=True)
class ReviewedMaterial:
    """
    A round's material with its history.

    `documents` are the completed ones of the round, superseded ones too; `changes` those of the project's
    facts, in any order; `quantified` when something was worked out of its monitoring data, with its SHA-256.
    """

    verification: Verification
    project: Project
    documents: Sequence[Document]
    changes: Sequence[ProjectChange]
    quantified: Sequence[tuple[datetime, str]] = ()


def review_digest(reviewed: ReviewedMaterial) -> str:
    """SHA-256 (hex) of the canonical JSON (RFC 8785) of what there is to review now."""
    return _digest(reviewed, facts_of(reviewed.project), reviewed.documents, before=None)


def changed_since(reviewed: ReviewedMaterial, digest: str) -> Sequence[str] | None:
    """
    What changed since the material had this digest, in sentences, the oldest first; empty: nothing did.

    None: it never had that digest.
    """
    facts = facts_of(reviewed.project)
    if _digest(reviewed, facts, reviewed.documents, before=None) == digest:
        return ()
    moments = {one.changed_at for one in reviewed.changes} | {at for at, _ in reviewed.quantified}
    for document in reviewed.documents:
        steps = (document.completed_at, document.superseded_at)
        moments |= {moment for moment in steps if moment is not None}
    for moment in sorted(moments, reverse=True):
        for change in sorted(reviewed.changes, key=lambda one: one.number, reverse=True):
            if change.changed_at == moment:
                facts |= {name: fact.before for name, fact in change.changes.items()}
        if _digest(reviewed, facts, reviewed.documents, before=moment) == digest:
            return _since(reviewed, moment)
    return None


def require_unchanged(reviewed: ReviewedMaterial, digest: str) -> None:
    """
    Raises:
        ChangedSince: there is something else now than had this digest; the sentence says what.
    """
    changed = changed_since(reviewed, digest)
    if changed is None:
        raise ChangedSince(
            "What you looked at is none of what this round has had to review: look at it again."
        )
    if changed:
        raise ChangedSince(f"Changed since you looked: {'; '.join(changed)}. Look at it again.")


def _digest(
    reviewed: ReviewedMaterial,
    facts: Mapping[str, Any],
    documents: Sequence[Document],
    *,
    before: datetime | None,
) -> str:
    """As of the moment before `before`; None: now."""
    period = reviewed.verification.monitoring_period
    material: dict[str, Any] = {
        "project": dict(facts),
        "round": reviewed.verification.number,
        "monitoringPeriod": None if period is None else str(period),
        "documents": sorted(
            f"{document.document_type.value} {document.sha256} {document.id}"
            for document in documents
            if _counted(document, before)
        ),
    }
    worked_out = [one for one in sorted(reviewed.quantified) if before is None or one[0] < before]
    if worked_out:
        material["quantification"] = worked_out[-1][1]
    return hashlib.sha256(rfc8785.dumps(material)).hexdigest()


def _counted(document: Document, before: datetime | None) -> bool:
    if before is None:
        return document.is_evidence
    completed, superseded = document.completed_at, document.superseded_at
    return (
        completed is not None
        and completed < before
        and (superseded is None or superseded >= before)
    )


def _since(reviewed: ReviewedMaterial, moment: datetime) -> Sequence[str]:
    said: list[tuple[datetime, str]] = []
    for change in reviewed.changes:
        if change.changed_at >= moment:
            facts = ", ".join(words_of(name) for name in change.changes)
            said.append((change.changed_at, f"the project's {facts}"))
    for document in reviewed.documents:
        if document.completed_at is not None and document.completed_at >= moment:
            verb = "was added" if document.supersedes is None else "is a new version"
            said.append((document.completed_at, f"the {_named(document)} {verb}"))
    said += [
        (at, "the tonnes were worked out anew") for at, _ in reviewed.quantified if at >= moment
    ]
    return [sentence for _, sentence in sorted(said)]


def _named(document: Document) -> str:
    """Without the name where that is not for everybody who works on the project."""
    kind = document.document_type.replace("_", " ")
    if document.disclosure not in {Disclosure.PUBLIC, Disclosure.INTERNAL}:
        return kind
    return f"{kind} “{isolated(document.name)}”"
