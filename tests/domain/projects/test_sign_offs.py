"""Which documents are read through today."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.projects.sign_offs import BYTES_READ_DAILY, ROUND_DAYS_MAX, is_read_today, round_days
from tests.factories import NOW


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
