"""A project is settled once, and its sign-off is bound to all that was said of it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AlreadyDecided, Fault, Invalid
from domain.projects.projects import (
    ProjectStatus,
    require_start_date,
    settle_status,
    signed_facts,
    start_date_max,
)
from tests.factories import after, project

TODAY = date(2026, 3, 1)
SETTLED = (ProjectStatus.VERIFIED, ProjectStatus.REJECTED)


@pytest.mark.parametrize("status", SETTLED)
def test_a_pending_project_is_settled_by_the_decision(status: ProjectStatus) -> None:
    settled = settle_status(project(), status, at=after(days=1))

    assert settled == replace(project(), status=status, updated_at=after(days=1))


@pytest.mark.parametrize("first", SETTLED)
@pytest.mark.parametrize("second", SETTLED)
def test_a_settled_project_is_settled_for_ever(first: ProjectStatus, second: ProjectStatus) -> None:
    with pytest.raises(AlreadyDecided) as refused:
        settle_status(project(status=first), second, at=after(days=1))

    assert refused.value.detail == f"This project is already {first}."


def test_a_sign_off_covers_everything_a_supplier_said() -> None:
    assert signed_facts(project()) == {
        "id": "ad2cc63b-2371-5675-810c-ef8fd1403ddd",
        "title": "Guanaré Forest Plantations on degraded grasslands",
        "type": "reforestation",
        "description": "Forests on land that was grazed for three centuries.",
        "location": "Cerro Largo",
        "country": "URY",
        "coordinates": {"latitude": "-32.37", "longitude": "-54.18"},
        "emissionsTarget": "1000.00",
        "startDate": "2006-07-01",
    }


@pytest.mark.parametrize("day", ["1990-01-01", "1999-12-31", "2026-03-01", "2036-03-01"])
def test_a_project_begins_from_1990_to_ten_years_from_now(day: str) -> None:
    require_start_date(date.fromisoformat(day), today=TODAY)


@pytest.mark.parametrize(
    "day", ["0001-01-01", "1850-01-01", "1989-12-31", "2036-03-02", "2199-01-01", "9999-12-31"]
)
def test_a_project_of_another_age_is_refused_with_both_bounds(day: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_start_date(date.fromisoformat(day), today=TODAY)

    sentence = "Start date must be from 1990-01-01 to 2036-03-01"
    assert refused.value.faults == (Fault("/startDate", sentence),)


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_ten_years_from_any_day_is_a_day(today: date) -> None:
    last = start_date_max(today)

    assert (last.year, last.month) == (today.year + 10, today.month)
    assert today.day - last.day in {0, 1}
