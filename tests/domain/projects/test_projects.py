"""A project is settled once, and its sign-off is bound to all that was said of it."""

from dataclasses import replace

import pytest

from domain.errors import AlreadyDecided
from domain.projects.projects import ProjectStatus, settle_status, signed_facts
from tests.factories import after, project

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
