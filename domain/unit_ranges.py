"""Sets of units as sorted ranges: what several ranges cover together, and what one lot lacks of another."""

from collections.abc import Iterable, Iterator, Sequence

from domain.quantities import UnitRange


def merged(ranges: Iterable[UnitRange]) -> Sequence[UnitRange]:
    """The fewest ranges that cover the same units, in order; overlaps and neighbours become one."""
    covered: list[UnitRange] = []
    for unit_range in sorted(ranges):
        if covered and unit_range.first <= covered[-1].last + 1:
            covered[-1] = UnitRange(covered[-1].first, max(covered[-1].last, unit_range.last))
        else:
            covered.append(unit_range)
    return covered


def without(units: Sequence[UnitRange], taken: Sequence[UnitRange]) -> Iterator[UnitRange]:
    """What is left of `units` when `taken` are removed; both are `merged`, and so is the answer."""
    waiting = iter(taken)
    removed = next(waiting, None)
    for unit_range in units:
        first = unit_range.first
        while removed is not None and removed.first <= unit_range.last:
            if removed.first > first:
                yield UnitRange(first, removed.first - 1)
            first = max(first, removed.last + 1)
            if removed.last > unit_range.last:
                break
            removed = next(waiting, None)
        if first <= unit_range.last:
            yield UnitRange(first, unit_range.last)
