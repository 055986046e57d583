"""Sets of units as sorted ranges: what several ranges cover together, and what one lot lacks of another."""

from collections.abc import Iterable, Iterator, Sequence

from domain.quantities import UnitRange


def merged(ranges: Iterable[UnitRange]) -> Sequence[UnitRange]:
    """The fewest ranges that cover the same units, in order; overlaps and neighbours become one."""
    covered: list[UnitRange] = []
    for part in sorted(ranges):
        if covered and part.first <= covered[-1].last + 1:
            covered[-1] = UnitRange(covered[-1].first, max(covered[-1].last, part.last))
        else:
            covered.append(part)
    return covered


def without(units: Sequence[UnitRange], taken: Sequence[UnitRange]) -> Iterator[UnitRange]:
    """What is left of `units` when `taken` are removed; both are `merged`, and so is the answer."""
    waiting = iter(taken)
    removed = next(waiting, None)
    for part in units:
        first = part.first
        while removed is not None and removed.first <= part.last:
            if removed.first > first:
                yield UnitRange(first, removed.first - 1)
            first = max(first, removed.last + 1)
            if removed.last > part.last:
                break
            removed = next(waiting, None)
        if first <= part.last:
            yield UnitRange(first, part.last)
