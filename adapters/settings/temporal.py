"""Temporal, and how this worker presents itself to it."""

from pathlib import Path

from pydantic import SecretStr

from adapters.settings.variables import ALL, API, BOTH, WORKER, AreaSettings, variable


class TemporalSettings(AreaSettings):
    temporal_address: str = variable("127.0.0.1:7233", "Temporal's frontend", read_by=ALL)
    temporal_namespace: str = variable("default", "its namespace", read_by=ALL)
    temporal_ui_url: str = variable(
        "http://127.0.0.1:8233",
        "where staff are sent to read histories; empty: nowhere, and no page links to it",
        read_by=API,
    )
    temporal_payload_key: SecretStr | None = variable(
        None,
        "32 bytes in base64 that encrypt what travels through Temporal; API and worker need the same "
        "one. Unset: payloads travel as they are, which are identifiers and sums "
        "([ADR 0073](adr/0073-ones-own-data.md))",
        read_by=BOTH,
    )
    temporal_payload_key_file: Path | None = variable(
        None, "or a file with it, mode 600; it goes before the variable", read_by=BOTH
    )
    former_temporal_payload_keys: list[SecretStr] = variable(
        [],
        'keys that encrypted before it, as `["…"]`; they still decrypt',
        read_by=BOTH,
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
