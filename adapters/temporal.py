"""How a process reaches Temporal."""

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from adapters.settings import Settings


async def connect_temporal(settings: Settings, *, metrics_port: int | None = None) -> Client:
    """
    Connect with the converter that every client, worker and replayer of the registry uses.

    With `metrics_port` the SDK's own metrics are served to Prometheus there.
    """
    runtime = None
    if metrics_port is not None:
        metrics = PrometheusConfig(bind_address=f"127.0.0.1:{metrics_port}")
        runtime = Runtime(telemetry=TelemetryConfig(metrics=metrics))
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=pydantic_data_converter,
        runtime=runtime,
    )
