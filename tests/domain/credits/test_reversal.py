"""Reversals: what is drawn from the buffer, which retirements are touched, and what stands for them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.credits.ledger import CreditEntry, EntryStatus
from domain.credits.reversal import (
    Covering,
    Draw,
    RetiredShare,
    Touched,
    cover,
    draw,
    per_retirement,
    require_reversible,
    touch,
)
from domain.errors import Conflict, Forbidden, Invalid
from domain.identifiers import Serial
from domain.quantities import UnitRange
from tests.factories import ADMINISTRATOR, DEVELOPER, NOW, entry, named

OURS, THEIRS = named("project"), named("another project")


def buffered(first: int, last: int, *, vintage: int = 2024, project: str = "project", day: int = 0) -> CreditEntry:  # fmt: skip
    return entry(
        first,
        last,
        serial=Serial(vintage, 1, first),
        project_id=named(project),
        owner_id=REGISTRY_ACCOUNT_ID,
        status=EntryStatus.BUFFER,
        issued_at=NOW + timedelta(days=day),
    )


OTHERS_NEW = buffered(1, 100, project="another project", day=9)
OTHERS_OLD = buffered(101, 200, project="a third project", day=1)
OURS_OTHER_VINTAGE = buffered(201, 300, vintage=2023, day=5)
OURS_SAME_VINTAGE = buffered(301, 400, day=8)
BUFFER = [OTHERS_NEW, OTHERS_OLD, OURS_OTHER_VINTAGE, OURS_SAME_VINTAGE]


def share(name: str, quantity_units: int) -> RetiredShare:
    return RetiredShare(named(name), DEVELOPER.id, quantity_units)


def test_the_projects_own_buffer_goes_first_then_others_oldest_first() -> None:
    draws = draw(BUFFER, 350, project_id=OURS, vintage=2024)

    assert draws == [
        Draw(OURS_SAME_VINTAGE, 100),
        Draw(OURS_OTHER_VINTAGE, 100),
        Draw(OTHERS_OLD, 100),
        Draw(OTHERS_NEW, 50),
    ]


def test_a_loss_of_all_vintages_takes_the_projects_own_oldest_first() -> None:
    draws = draw(BUFFER, 150, project_id=OURS, vintage=None)

    assert draws == [Draw(OURS_OTHER_VINTAGE, 100), Draw(OURS_SAME_VINTAGE, 50)]


def test_a_buffer_that_holds_less_is_used_up() -> None:
    assert sum(d.quantity_units for d in draw(BUFFER, 1_000, project_id=OURS, vintage=None)) == 400


def test_retirements_are_touched_in_their_order_until_the_loss_is_used_up() -> None:
    shares = [share("first", 30), share("gone before", 0), share("second", 50), share("third", 9)]

    assert touch(shares, 60) == [share("first", 30), share("second", 30)]


def test_cancelled_units_stand_for_retirements_in_order_and_the_uncovered_rest_is_said() -> None:
    touched = [share("first", 30), share("second", 50), share("third", 10)]
    cancelled = [UnitRange(301, 320), UnitRange(101, 140)]

    assert cover(touched, cancelled) == [
        Covering(named("first"), 20, UnitRange(301, 320)),
        Covering(named("first"), 10, UnitRange(101, 110)),
        Covering(named("second"), 30, UnitRange(111, 140)),
        Covering(named("second"), 20, None),
        Covering(named("third"), 10, None),
    ]


def test_the_pieces_of_each_touched_retirement_are_added_up_in_their_order() -> None:
    coverings = [
        Covering(named("second"), 20, UnitRange(301, 320)),
        Covering(named("second"), 10, UnitRange(101, 110)),
        Covering(named("first"), 30, UnitRange(111, 140)),
        Covering(named("first"), 20, None),
        Covering(named("third"), 10, None),
    ]

    assert per_retirement(coverings) == [
        Touched(named("second"), 30, 30),
        Touched(named("first"), 50, 30),
        Touched(named("third"), 10, 0),
    ]


quantities = st.integers(1, 500)


@given(st.lists(quantities), st.lists(quantities))
def test_every_touched_unit_is_covered_once_or_said_to_be_uncovered(
    touched_units: list[int], cancelled_units: list[int]
) -> None:
    touched = [share(str(n), units) for n, units in enumerate(touched_units)]
    cancelled = [
        UnitRange(1_000 * n + 1, 1_000 * n + units) for n, units in enumerate(cancelled_units)
    ]

    coverings = cover(touched, cancelled)

    for one in touched:
        of = [c for c in coverings if c.retirement_id == one.retirement_id]
        assert sum(c.touched_units for c in of) == one.quantity_units
    used = [c.units for c in coverings if c.units is not None]
    assert [u.quantity_units for u in used] == [c.touched_units for c in coverings if c.units]
    assert sum(u.quantity_units for u in used) == min(sum(touched_units), sum(cancelled_units))
    assert len({n for u in used for n in range(u.first, u.last + 1)}) == sum(
        u.quantity_units for u in used
    )


@pytest.mark.parametrize(
    ("quantity_units", "actor", "refusal"),
    [
        (0, ADMINISTRATOR, Invalid),
        (-1, ADMINISTRATOR, Invalid),
        (61, ADMINISTRATOR, Conflict),
        (60, DEVELOPER, Forbidden),
    ],
)
def test_a_reversal_is_refused(quantity_units: int, actor: object, refusal: type) -> None:
    with pytest.raises(refusal):
        require_reversible(quantity_units, actor=actor, issued_units=100, reversed_units=40)  # type: ignore[arg-type]


def test_all_that_was_issued_may_be_lost() -> None:
    require_reversible(60, actor=ADMINISTRATOR, issued_units=100, reversed_units=40)
