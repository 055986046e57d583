"""
What Prometheus would read, kept.

It passes the tests in tests/adapters/test_gauges_contract.py, as does the meter of Temporal.
"""

from typing import Any

from temporalio.common import MetricMeter


class Gauges(MetricMeter):
    """Keeps what is set last, by name."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def create_gauge(self, name: str, *_: object, **__: object) -> Any:
        return Gauge(self.values, name)

    def with_additional_attributes(self, *_: object) -> "Gauges":
        return self

    create_counter = create_histogram = create_histogram_float = None  # type: ignore[assignment]
    create_histogram_timedelta = create_gauge_float = None  # type: ignore[assignment]


class Gauge:
    def __init__(self, values: dict[str, int], name: str) -> None:
        self._values, self._name = values, name

    def set(self, value: int, *_: object) -> None:
        self._values[self._name] = value
