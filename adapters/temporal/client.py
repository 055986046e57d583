"""How a process reaches Temporal."""

import asyncio

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from adapters.settings.temporal import TemporalSettings

CONNECT_SECONDS = 10


async def connect_temporal(settings: TemporalSettings, *, serve_metrics: bool = False) -> Client:
    """
    Connect with the converter that every client, worker and replayer of the registry uses.

    Raises:
        TimeoutError: it gave no answer; whoever started the process starts it again.

    With `serve_metrics` the SDK's own metrics are served to Prometheus, if a port is set.
    """
    runtime = None
    if serve_metrics and settings.worker_metrics_port is not None:
        address = f"{settings.worker_metrics_host}:{settings.worker_metrics_port}"
        metrics = PrometheusConfig(bind_address=address)
        runtime = Runtime(telemetry=TelemetryConfig(metrics=metrics))
    async with asyncio.timeout(CONNECT_SECONDS):
        return await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            data_converter=pydantic_data_converter,
            runtime=runtime,
        )
