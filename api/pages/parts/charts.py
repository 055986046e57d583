"""Numbers as shapes: where the bars of a chart and the parts of a sum stand, in drawing units."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from adapters.postgres.credits.reads.totals import RetiredMonthView

WIDTH, HEIGHT = 560, 240
_LEFT, _TOP, _BOTTOM = 88, 14, 30
_GAP = 0.28
"""Part of each month's room that stays empty between bars."""
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
