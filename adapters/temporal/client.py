"""How a process reaches Temporal."""

import asyncio

from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from adapters.settings.temporal import TemporalSettings
from adapters.temporal.payload_codec import data_converter_of

CONNECT_SECONDS = 10
HISTOGRAM_BUCKETS_SECONDS = {
    "registry_chain_request_seconds": (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20),
    # Six blocks take 140 s on average, and 291 s in 99 of 100 cases.
    "registry_chain_confirmation_seconds": (60, 120, 180, 240, 300, 600, 1_800, 7_200),
}
"""Temporal's own are for milliseconds."""


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
        metrics = PrometheusConfig(
            bind_address=address, histogram_bucket_overrides=HISTOGRAM_BUCKETS_SECONDS
        )
        runtime = Runtime(telemetry=TelemetryConfig(metrics=metrics))
    async with asyncio.timeout(CONNECT_SECONDS):
        return await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            data_converter=data_converter_of(settings),
            runtime=runtime,
        )
