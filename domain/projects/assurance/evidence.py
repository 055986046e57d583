"""
What an approval rests on: a file for each required kind, told apart by their bytes (ADR 0066).

Three copies of one file are one document, whatever they are called and filed as.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from domain.errors import TooFewDocuments
from domain.projects.documents import Document, DocumentType


@dataclass(frozen=True)
class RequiredEvidence:
    """
    `name` is as people read it; any of the `types` will do. `by_decider`: who signs has uploaded it.

    `in_each_round`: a monitoring period brings its own; what is not, the first verification has seen.
    """

    name: str
    types: frozenset[DocumentType]
    by_decider: bool = False
    in_each_round: bool = False


REQUIRED_EVIDENCE = (
    RequiredEvidence("a project description", frozenset({DocumentType.PROJECT_DESCRIPTION})),
    RequiredEvidence(
        "a methodology or monitoring plan",
        frozenset({DocumentType.METHODOLOGY, DocumentType.MONITORING_PLAN}),
    ),
    RequiredEvidence(
        "a monitoring report", frozenset({DocumentType.MONITORING_REPORT}), in_each_round=True
    ),
    RequiredEvidence(
        "the verifier's own statement (a verification report)",
        frozenset({DocumentType.VERIFICATION_REPORT}),
        by_decider=True,
        in_each_round=True,
    ),
)

_SEEN_ONCE = {
    DocumentType.PROJECT_DESCRIPTION,
    DocumentType.METHODOLOGY,
    DocumentType.MONITORING_PLAN,
    DocumentType.BASELINE_ASSESSMENT,
    DocumentType.VALIDATION_REPORT,
    DocumentType.LAND_TITLE,
}
"""What is said once of a project; its monitoring periods rest on it."""


def required_evidence(
    of_methodology: Collection[DocumentType] = (), *, is_first: bool = True
) -> list[RequiredEvidence]:
    """
    What an approval rests on; `of_methodology` are the types that the round's methodology asks for besides.

    A type that would do already is asked for by name then. Of those, a monitoring period needs again what
    every monitoring period needs, and what is not seen once for all in the first verification.
    """
    required = list(REQUIRED_EVIDENCE)
    for asked in sorted(set(of_methodology)):
        kind = RequiredEvidence(
            f"a document of the type {asked.replace('_', ' ')}",
            frozenset({asked}),
            in_each_round=asked not in _SEEN_ONCE,
        )
        at = next((index for index, one in enumerate(required) if asked in one.types), None)
        if at is None:
            required.append(kind)
        elif len(required[at].types) > 1:
            required[at] = kind
    return [kind for kind in required if is_first or kind.in_each_round]


def require_evidence(
    documents: Collection[Document],
    signer_ids: Collection[UUID],
    *,
    is_first: bool = True,
    of_methodology: Collection[DocumentType] = (),
) -> None:
    """
    `is_first`: of a first verification, which needs every kind. `of_methodology` as `required_evidence`.

    `documents` are the completed ones, `signer_ids` whose statement counts: the assigned verifier, or
    whoever of staff decides in their stead.

    Raises:
        TooFewDocuments: names every kind that is missing; or one file stands for several kinds.
    """
    required = required_evidence(of_methodology, is_first=is_first)
    files = {kind: _files(documents, kind, signer_ids) for kind in required}
    missing = [kind.name for kind, found in files.items() if not found]
    if missing:
        raise TooFewDocuments(f"Approval needs more documents; missing: {'; '.join(missing)}.")
    for kinds in _subsets(required):
        # Each kind finds a file of its own exactly if no set of kinds has fewer files than kinds (Hall).
        if len(frozenset().union(*(files[kind] for kind in kinds))) < len(kinds):
            names = " and ".join(kind.name for kind in kinds)
            raise TooFewDocuments(
                f"One file counts once; there are too few different ones for {names}."
            )


@dataclass(frozen=True)
class EvidenceCheck:
    """One kind of the checklist, and how many documents of the round are of it."""

    kind: RequiredEvidence
    documents: int

    @property
    def is_there(self) -> bool:
        return self.documents > 0


def evidence_checklist(
    by_type: Mapping[DocumentType, int], *, statements: int, is_first: bool
) -> list[EvidenceCheck]:
    """
    What a round needs beside what it has, for whoever looks before they decide.

    `by_type` counts its completed documents, `statements` the verification reports of the verifier
    themselves. That one file counts once is `require_evidence`'s to say.
    """
    return [
        EvidenceCheck(
            kind, statements if kind.by_decider else sum(by_type.get(t, 0) for t in kind.types)
        )
        for kind in REQUIRED_EVIDENCE
        if is_first or kind.in_each_round
    ]


def _files(
    documents: Collection[Document], kind: RequiredEvidence, signer_ids: Collection[UUID]
) -> frozenset[str]:
    return frozenset(
        document.sha256
        for document in documents
        if document.document_type in kind.types
        and (not kind.by_decider or document.uploaded_by in signer_ids)
    )


def _subsets(kinds: Collection[RequiredEvidence]) -> Iterator[tuple[RequiredEvidence, ...]]:
    return (chosen for size in range(2, len(kinds) + 1) for chosen in combinations(kinds, size))
