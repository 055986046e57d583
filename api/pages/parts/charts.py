"""Numbers as shapes: where the bars of a chart and the parts of a sum stand, in drawing units."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from adapters.postgres.credits.reads.totals import RetiredMonthView

WIDTH, HEIGHT = 560, 240
_LEFT, _TOP, _BOTTOM = 88, 14, 30
_GAP = 0.28
"""Part of each month's room that stays empty between bars."""
_RIGHT = 14
_POINTS_MIN = 3
_POINTS_MAX = 300
_WAIT_MAX = 3
_BAR_HEIGHT_MIN = 2
"""So that a month with a little is seen to differ from a month with nothing."""


@dataclass(frozen=True)
class Bar:
    """One month; `label` is empty where there is no room for it."""

    month: str
    quantity_units: int
    retirements: int
    x: float
    y: float
    width: float
    height: float
    middle: float
    label: str


@dataclass(frozen=True)
class Tick:
    y: float
    label: str


@dataclass(frozen=True)
class Chart:
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT


@dataclass(frozen=True)
class Share:
    """A part of a sum, on a line 1000 units long."""

    name: str
    x: float
    width: float


def months_until(today: date, count: int) -> list[date]:
    """The first days of the last `count` months, this one last."""
    last = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(last - count + 1, last + 1)]


def chart_of(months: Sequence[date], retired: Iterable[RetiredMonthView]) -> Chart:
    """A bar for each month, also for those in which nothing was retired; no bars if none was."""
    by_month = {line.month: line for line in retired}
    if not by_month:
        return Chart((), ())
    top_units = _round_up(max(line.quantity_units for line in by_month.values()))
    room = (WIDTH - _LEFT) / len(months)
    every = max(1, len(months) // 6)
    bars = []
    for index, month in enumerate(months):
        line = by_month.get(month, RetiredMonthView(month, 0, 0))
        height = line.quantity_units / top_units * (HEIGHT - _TOP - _BOTTOM)
        height = round(max(height, _BAR_HEIGHT_MIN) if line.quantity_units else 0, 1)
        bars.append(
            Bar(
                month=f"{month:%B %Y}",
                quantity_units=line.quantity_units,
                retirements=line.retirements,
                x=round(_LEFT + room * (index + _GAP / 2), 1),
                y=round(HEIGHT - _BOTTOM - height, 1),
                width=round(room * (1 - _GAP), 1),
                height=height,
                middle=round(_LEFT + room * (index + 0.5), 1),
                label=f"{month:%b %Y}" if (len(months) - 1 - index) % every == 0 else "",
            )
        )
    return Chart(tuple(bars), tuple(_ticks(top_units)))


def shares_of(parts: Mapping[str, int]) -> list[Share]:
    """The parts of a sum side by side; nothing when the sum is nothing."""
    total = sum(parts.values())
    shares, x = [], 0.0
    for name, quantity_units in parts.items():
        width = round(1000 * quantity_units / total, 1) if total else 0
        if width:
            shares.append(Share(name, round(x, 1), width))
            x += width
    return shares


@dataclass(frozen=True)
class Gap:
    """Where nothing was measured: from `x` on, `width` wide."""

    x: float
    width: float


@dataclass(frozen=True)
class LineChart:
    """
    `lines` are the `points` of polylines, one for each stretch without a gap; `dots` are measured alone.

    `flags` are values that do not count, at the edge where they lie beyond the others.
    """

    lines: Sequence[str]
    dots: Sequence[tuple[float, float]]
    gaps: Sequence[Gap]
    ticks: Sequence[Tick]
    first: str
    last: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM
    flags: Sequence[tuple[float, float]] = ()


def line_chart_of(
    points: Sequence[tuple[datetime, float | None]],
    flagged: Sequence[tuple[datetime, float]] = (),
) -> LineChart | None:
    """
    A series over time, in the order of time; None where there is less than a line to draw.

    A value that is missing, or a wait of more than `_WAIT_MAX` times the usual one, is a gap: nothing is
    drawn across it. `flagged` values are marked, and change nothing of the scale.
    """
    measured = [(at, value) for at, value in points if value is not None]
    if len(measured) < _POINTS_MIN or measured[0][0] == measured[-1][0]:
        return None
    begins, ends = measured[0][0], measured[-1][0]
    low, high = min(value for _, value in measured), max(value for _, value in measured)
    room, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    spread = (high - low) or abs(high) or 1.0
    floor = low - (0 if high > low else spread / 2)

    def x_of(at: datetime) -> float:
        return round(_LEFT + (at - begins) / (ends - begins) * room, 1)

    def y_of(value: float) -> float:
        return round(HEIGHT - _BOTTOM - (value - floor) / spread * tall, 1)

    lines, dots, gaps = [], [], []
    stretches = _stretches(points)
    for stretch in stretches:
        if len(stretch) == 1:
            dots.append((x_of(stretch[0][0]), y_of(stretch[0][1])))
        else:
            drawn = _thinned(stretch)
            lines.append(" ".join(f"{x_of(at)},{y_of(value)}" for at, value in drawn))
    for before, after in pairwise(stretches):
        left, right = x_of(before[-1][0]), x_of(after[0][0])
        gaps.append(Gap(left, round(right - left, 1)))
    ticks = [
        Tick(y_of(value), f"{value:.6g}") for value in dict.fromkeys((low, (low + high) / 2, high))
    ]
    marks = [
        (x_of(at), y_of(min(max(value, low), high)))
        for at, value in flagged[:_POINTS_MAX]
        if begins <= at <= ends
    ]
    first, last = f"{begins:%-d %b %Y}", f"{ends:%-d %b %Y}"
    return LineChart(lines, dots, gaps, ticks, first, last, flags=marks)


def _stretches(
    points: Sequence[tuple[datetime, float | None]],
) -> list[list[tuple[datetime, float]]]:
    # Several devices measure at one moment: that is no wait.
    waits = [after - before for (before, _), (after, _) in pairwise(points) if after > before]
    usual = sorted(waits)[len(waits) // 2] if waits else timedelta(0)
    found: list[list[tuple[datetime, float]]] = [[]]
    before = None
    for at, value in points:
        if value is None or (before is not None and at - before > _WAIT_MAX * usual):
            found.append([])
        if value is not None:
            found[-1].append((at, value))
        before = at
    return [stretch for stretch in found if stretch]


def _thinned(stretch: Sequence[tuple[datetime, float]]) -> Sequence[tuple[datetime, float]]:
    """The lowest and the highest of each part, so that no peak is lost and a page stays small."""
    if len(stretch) <= _POINTS_MAX:
        return stretch
    size = -(-len(stretch) * 2 // _POINTS_MAX)
    kept = []
    for begin in range(0, len(stretch), size):
        part = stretch[begin : begin + size]
        extremes = {min(part, key=lambda one: one[1]), max(part, key=lambda one: one[1])}
        kept += sorted(extremes)
    return kept


def _round_up(quantity_units: int) -> int:
    """The next 1, 2 or 5 times a power of ten, at least one tonne."""
    step = 100
    while True:
        for factor in (1, 2, 5):
            if step * factor >= quantity_units:
                return step * factor
        step *= 10


def _ticks(top_units: int) -> Iterable[Tick]:
    for part in (0, 1, 2):
        tonnes = top_units * part / 200
        label = f"{tonnes:,.0f}" if tonnes == int(tonnes) else f"{tonnes:,.1f}"
        y = HEIGHT - _BOTTOM - part / 2 * (HEIGHT - _TOP - _BOTTOM)
        yield Tick(y, f"{label} t" if part else "0")
