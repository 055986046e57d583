"""Sets of units as ranges do what sets of numbers do."""

from hypothesis import given
from hypothesis import strategies as st

from domain.quantities import UnitRange
from domain.unit_ranges import merged, without

ranges = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 12)).map(lambda p: UnitRange(p[0], p[0] + p[1]))
)


def numbers(found: list[UnitRange]) -> set[int]:
    return {n for part in found for n in range(part.first, part.last + 1)}


@given(ranges)
def test_merged_ranges_cover_the_same_units_with_a_gap_between_each(found: list[UnitRange]) -> None:
    covered = list(merged(found))

    units = numbers(found)
    firsts = sorted(n for n in units if n - 1 not in units)
    lasts = sorted(n for n in units if n + 1 not in units)
    assert covered == [UnitRange(*ends) for ends in zip(firsts, lasts, strict=True)]


@given(ranges, ranges)
def test_what_is_left_are_the_units_of_one_lot_and_not_of_the_other(
    units: list[UnitRange], taken: list[UnitRange]
) -> None:
    left = list(without(merged(units), merged(taken)))

    assert numbers(left) == numbers(units) - numbers(taken)
    assert left == list(merged(left))
