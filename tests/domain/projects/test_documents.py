"""A document counts when its bytes are those announced; who reads them is a table."""

from dataclasses import replace

import pytest

from domain.accounts.roles import Account, Role
from domain.errors import DocumentMismatch
from domain.projects.documents import Disclosure, DocumentStatus, StoredBytes, complete, may_read
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    OTHER_DEVELOPER,
    OTHER_VERIFIER,
    VERIFIER,
    account,
    after,
    announced,
    document,
)

ANNOUNCED = announced()
RIGHT = StoredBytes(ANNOUNCED.file_size, ANNOUNCED.sha256)


def test_a_document_is_completed_by_the_bytes_that_were_announced() -> None:
    completed = complete(ANNOUNCED, RIGHT, at=after(hours=1))

    assert completed == replace(
        ANNOUNCED, status=DocumentStatus.COMPLETED, completed_at=after(hours=1)
    )


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        (None, "Nothing has been uploaded for this document yet."),
        (
            replace(RIGHT, file_size=RIGHT.file_size + 1),
            f"The upload has {RIGHT.file_size + 1} bytes, {RIGHT.file_size} were announced.",
        ),
        (replace(RIGHT, sha256="0" * 64), "The upload's SHA-256 is not the one announced."),
    ],
)
def test_other_bytes_than_those_announced_do_not_count(
    stored: StoredBytes | None, sentence: str
) -> None:
    with pytest.raises(DocumentMismatch) as refused:
        complete(ANNOUNCED, stored, at=after(hours=1))

    assert refused.value.detail == sentence


UPLOADER = replace(account("uploader", Role.DEVELOPER), holding_id=DEVELOPER.id)
"""Somebody of the supplier's organisation, who uploaded the document."""

READERS: dict[str, Account | None] = {
    "public": None,
    "owner": DEVELOPER,
    "stranger": OTHER_DEVELOPER,
    "its verifier": VERIFIER,
    "another verifier": OTHER_VERIFIER,
    "uploader": UPLOADER,
    "buyer": BUYER,
    "staff": ADMINISTRATOR,
}
EVERYBODY = set(READERS)
THOSE_AT_WORK = {"owner", "its verifier", "uploader", "staff"}

DISCLOSURE_TABLE = {
    (Disclosure.PUBLIC, DocumentStatus.COMPLETED): EVERYBODY,
    (Disclosure.INTERNAL, DocumentStatus.COMPLETED): THOSE_AT_WORK,
    (Disclosure.CONFIDENTIAL, DocumentStatus.COMPLETED): THOSE_AT_WORK,
    (Disclosure.RESTRICTED, DocumentStatus.COMPLETED): THOSE_AT_WORK - {"owner"},
    # Bytes nobody has checked are nobody's but theirs who work on the project.
    (Disclosure.PUBLIC, DocumentStatus.AWAITING_UPLOAD): THOSE_AT_WORK,
    (Disclosure.INTERNAL, DocumentStatus.AWAITING_UPLOAD): THOSE_AT_WORK,
    (Disclosure.CONFIDENTIAL, DocumentStatus.AWAITING_UPLOAD): THOSE_AT_WORK,
    (Disclosure.RESTRICTED, DocumentStatus.AWAITING_UPLOAD): THOSE_AT_WORK - {"owner"},
}


@pytest.mark.parametrize("disclosure", sorted(set(Disclosure) - {Disclosure.PUBLIC}))
def test_a_verifier_who_was_replaced_reads_not_even_its_own_uploads(
    disclosure: Disclosure,
) -> None:
    own = document(disclosure=disclosure, uploaded_by=VERIFIER.id)

    assert not may_read(VERIFIER, own, developer_id=DEVELOPER.id, verifier_id=OTHER_VERIFIER.id)
    assert may_read(VERIFIER, own, developer_id=DEVELOPER.id, verifier_id=VERIFIER.id)


def test_each_disclosure_class_is_read_by_exactly_those_the_table_names() -> None:
    found = {
        (disclosure, status): {
            reader
            for reader, person in READERS.items()
            if may_read(
                person,
                document(disclosure=disclosure, status=status, uploaded_by=UPLOADER.id),
                developer_id=DEVELOPER.id,
                verifier_id=VERIFIER.id,
            )
        }
        for disclosure in Disclosure
        for status in DocumentStatus
    }

    assert found == DISCLOSURE_TABLE


def test_before_anybody_is_assigned_no_verifier_reads_what_is_not_public() -> None:
    assert not may_read(VERIFIER, document(), developer_id=DEVELOPER.id, verifier_id=None)


def test_an_owner_who_became_the_verifier_in_name_only_reads_nothing_as_verifier() -> None:
    """The identifier alone does not make a verifier; the role does."""
    secret = document(disclosure=Disclosure.RESTRICTED, uploaded_by=UPLOADER.id)

    assert not may_read(BUYER, secret, developer_id=DEVELOPER.id, verifier_id=BUYER.id)
