"""Temporal, and how this worker presents itself to it."""

from adapters.settings.variables import ALL, API, WORKER, AreaSettings, variable


class TemporalSettings(AreaSettings):
    temporal_address: str = variable("127.0.0.1:7233", "Temporal's frontend", read_by=ALL)
    temporal_namespace: str = variable("default", "its namespace", read_by=ALL)
    temporal_ui_url: str = variable(
        "http://127.0.0.1:8233", "where staff are sent to read histories", read_by=API
    )
    update_timeout_seconds: float = variable(
        15, "how long a caller waits for a workflow before the answer is 202", read_by=API
    )
    temporal_probe_seconds: float = variable(
        0.8,
        "after so long a wait Temporal is asked whether it answers at all, and given as long to; "
        "else it counts as away ([outages](outages.md))",
        read_by=API,
        gt=0,
    )
    worker_build_id: str = variable(
        "dev",
        "this worker's version ([deploying](operations.md#deploying-a-new-worker-version))",
        read_by=WORKER,
    )
    # One worker process on a laptop declares itself current; a fleet is switched by its operators.
    worker_sets_current_version: bool = variable(
        True,
        "whether a starting worker declares its version current; `false` for a fleet",
        read_by=WORKER,
    )
    worker_metrics_host: str = variable(
        "127.0.0.1", "the address on which the worker serves Prometheus", read_by=WORKER
    )
    worker_metrics_port: int | None = variable(
        None, "the port of it; unset: not at all", read_by=WORKER
    )
    graceful_shutdown_seconds: float = variable(
        20, "what a running activity gets to end after SIGTERM", read_by=WORKER
    )
