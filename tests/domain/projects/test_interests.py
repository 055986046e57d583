"""Nobody decides about what is their own, or their organisation's."""

import pytest

from domain.errors import Forbidden
from domain.projects.interests import Party, require_no_interest
from tests.factories import ADMINISTRATOR, DEVELOPER, OTHER_DEVELOPER, named

FOREST, KILN = named("forest organisation"), named("kiln organisation")


@pytest.mark.parametrize(
    ("decider", "interested", "sentence"),
    [
        (Party(DEVELOPER.id), [Party(DEVELOPER.id)], "Nobody decides about what is their own."),
        (
            Party(ADMINISTRATOR.id, FOREST),
            [Party(OTHER_DEVELOPER.id, KILN), Party(DEVELOPER.id, FOREST)],
            "Nobody decides about what is their organisation's.",
        ),
    ],
)
def test_an_interest_is_refused(decider: Party, interested: list[Party], sentence: str) -> None:
    with pytest.raises(Forbidden) as refused:
        require_no_interest(decider, interested)

    assert refused.value.detail == sentence


@pytest.mark.parametrize("organisation_id", [None, KILN])
def test_others_decide_and_to_be_of_no_organisation_is_nothing_in_common(
    organisation_id: object,
) -> None:
    decider = Party(ADMINISTRATOR.id, KILN if organisation_id else None)

    require_no_interest(decider, [])
    require_no_interest(decider, [Party(DEVELOPER.id), Party(OTHER_DEVELOPER.id, FOREST)])
