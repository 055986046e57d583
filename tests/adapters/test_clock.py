"""What a clock says, whichever it is: the moment in UTC, and never an earlier one than before."""

from datetime import timedelta

import pytest

from activities.ports.clock import Clock
from adapters.clock import SystemClock
from tests.factories import NOW
from tests.fakes.clock import FixedClock


@pytest.mark.parametrize("clock", [SystemClock(), FixedClock(NOW)], ids=["system", "fixed"])
def test_moments_are_in_utc_and_do_not_go_back(clock: Clock) -> None:
    first, second = clock.now(), clock.now()

    assert first.utcoffset() == timedelta(0)
    assert first <= second


def test_a_fixed_clock_goes_when_it_is_told() -> None:
    clock = FixedClock(NOW)

    clock.advance(minutes=2)

    assert clock.now() == clock.now() == NOW + timedelta(minutes=2)
