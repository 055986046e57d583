"""The ceiling of the chain's measurement: things laid into bins in their order."""

from bench.chain import filled_without_protocol


def test_a_bin_takes_things_until_the_next_one_does_not_fit() -> None:
    assert filled_without_protocol([40, 50, 20, 80, 100], 100) == [(2, 90), (2, 100), (1, 100)]


def test_nothing_fills_nothing() -> None:
    assert filled_without_protocol([], 100) == [(0, 0)]
