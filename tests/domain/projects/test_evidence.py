"""Evidence: a file of its own for each required kind, and the verifier's own statement."""

from dataclasses import replace

import pytest

from domain.errors import TooFewDocuments
from domain.projects.assurance.evidence import require_evidence
from domain.projects.documents import Document, DocumentType
from tests.factories import ADMINISTRATOR, DEVELOPER, VERIFIER, document, documents, named

DESCRIPTION, METHODOLOGY, MONITORING, REPORT = documents()
STATEMENT = "the verifier's own statement (a verification report)"


def same_bytes(one: Document, *others: Document) -> list[Document]:
    return [one, *(replace(other, sha256=one.sha256) for other in others)]


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (
            [],
            (
                "Approval needs more documents; missing: a project description; a methodology or monitoring"
                f" plan; a monitoring report; {STATEMENT}."
            ),
        ),
        (
            [
                replace(DESCRIPTION, document_type=DocumentType.OTHER),
                METHODOLOGY,
                MONITORING,
                REPORT,
            ],
            "Approval needs more documents; missing: a project description.",
        ),
        (
            [DESCRIPTION, METHODOLOGY, MONITORING, replace(REPORT, uploaded_by=DEVELOPER.id)],
            f"Approval needs more documents; missing: {STATEMENT}.",
        ),
        (
            [*same_bytes(DESCRIPTION, METHODOLOGY), MONITORING, REPORT],
            (
                "One file counts once; there are too few different ones for a project description and a"
                " methodology or monitoring plan."
            ),
        ),
        (
            same_bytes(REPORT, MONITORING, METHODOLOGY, DESCRIPTION),
            (
                "One file counts once; there are too few different ones for a project description and a"
                " methodology or monitoring plan."
            ),
        ),
        (
            [*same_bytes(METHODOLOGY, MONITORING, REPORT), DESCRIPTION],
            (
                "One file counts once; there are too few different ones for a methodology or monitoring plan"
                " and a monitoring report."
            ),
        ),
    ],
    ids=[
        "nothing",
        "another kind",
        "somebody else's statement",
        "two in one",
        "all in one",
        "three in one",
    ],
)
def test_what_is_missing_is_named(evidence: list[Document], sentence: str) -> None:
    with pytest.raises(TooFewDocuments) as refused:
        require_evidence(evidence, {VERIFIER.id})

    assert refused.value.detail == sentence


@pytest.mark.parametrize(
    "evidence",
    [
        documents(),
        list(reversed(documents())),
        [
            DESCRIPTION,
            replace(METHODOLOGY, document_type=DocumentType.MONITORING_PLAN),
            MONITORING,
            REPORT,
        ],
        [*documents(), replace(MONITORING, id=named("again"))],
        # The same file under two kinds does no harm where each kind has another one.
        [
            *documents(),
            replace(DESCRIPTION, document_type=DocumentType.METHODOLOGY, id=named("twice")),
        ],
        [*documents(), document(DocumentType.SITE_EVIDENCE)],
    ],
)
def test_a_file_for_each_kind_is_enough(evidence: list[Document]) -> None:
    require_evidence(evidence, {VERIFIER.id})


def test_who_decides_in_the_verifiers_stead_may_bring_the_statement() -> None:
    by_staff = [*documents()[:3], replace(REPORT, uploaded_by=ADMINISTRATOR.id)]

    require_evidence(by_staff, {VERIFIER.id, ADMINISTRATOR.id})
