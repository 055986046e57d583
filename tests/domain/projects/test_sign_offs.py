"""Which documents are read through today, and whether what was signed off still stands there."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.projects.approvals import digest_of
from domain.projects.sign_offs import (
    BYTES_READ_DAILY,
    ROUND_DAYS_MAX,
    AuditedSignOff,
    SignedOff,
    is_read_today,
    round_days,
    sign_off_differences,
)
from tests.factories import NOW, approved, documents, project


@given(st.uuids(), st.integers(1, ROUND_DAYS_MAX))
def test_each_document_has_one_day_in_a_round(document_id: UUID, days: int) -> None:
    turns = [is_read_today(document_id, NOW + timedelta(days=n), days=days) for n in range(days)]

    assert sum(turns) == 1


@pytest.mark.parametrize(
    ("total_bytes", "days"),
    [
        (0, 1),
        (BYTES_READ_DAILY, 1),
        (BYTES_READ_DAILY + 1, 2),
        (100 * BYTES_READ_DAILY, ROUND_DAYS_MAX),
    ],
)
def test_few_bytes_are_read_every_day_and_any_number_in_four_weeks(
    total_bytes: int, days: int
) -> None:
    assert round_days(total_bytes) == days


@pytest.mark.parametrize(
    ("bound", "stands", "told"),
    [
        (None, None, 0),
        ("b" * 64, "b" * 64, 0),
        ("b" * 64, "c" * 64, 1),
        ("b" * 64, None, 1),
    ],
)
def test_a_statement_that_is_not_the_one_that_was_signed_off_is_told(
    bound: str | None, stands: str | None, told: int
) -> None:
    signed = replace(approved(), sign_off_version=3, statement_sha256=bound)
    signed = replace(signed, sign_off_digest=digest_of(signed, project(), documents()))
    audited = AuditedSignOff(
        signed.sign_off_digest, signed.verified_quantity_units, signed.vintage, signed.decided_by,
        signed.vintages,
    )  # fmt: skip

    said = sign_off_differences(SignedOff(signed, project(), documents(), audited, stands))

    assert ["verification statement" in one for one in said] == [True] * told
