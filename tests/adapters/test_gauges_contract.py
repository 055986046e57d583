"""What activities measure: the same tests on the fake and on the meter of Temporal's own runtime."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from temporalio.common import MetricMeter
from temporalio.runtime import MetricBuffer, Runtime, TelemetryConfig

from tests.fakes.gauges import Gauges


@dataclass(frozen=True)
class World:
    """`values` is what each gauge shows now."""

    meter: MetricMeter
    values: Callable[[], Mapping[str, float]]


@pytest.fixture(params=["fake", "temporal"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        fake = Gauges()
        return World(fake, lambda: fake.values)
    buffer = MetricBuffer(100)
    runtime = Runtime(telemetry=TelemetryConfig(metrics=buffer))
    return World(
        runtime.metric_meter,
        lambda: {update.metric.name: update.value for update in buffer.retrieve_updates()},
    )


def test_a_gauge_shows_what_it_was_set_to_last(world: World) -> None:
    waiting = world.meter.create_gauge("records_waiting", "How many wait.", "records")
    waiting.set(7)
    waiting.set(3)
    world.meter.create_gauge("alerts_open").set(0)

    assert world.values() == {"records_waiting": 3, "alerts_open": 0}


def test_a_gauge_that_was_never_set_shows_nothing(world: World) -> None:
    world.meter.create_gauge("records_waiting")

    assert world.values() == {}


def test_the_same_name_is_the_same_gauge(world: World) -> None:
    for value in (5, 2):
        world.meter.create_gauge("records_waiting").set(value)

    assert world.values() == {"records_waiting": 2}
