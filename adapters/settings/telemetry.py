"""What a process tells those who watch it: metrics of the API, and traces ([ADR 0085](adr/0085-telemetry-is-off.md))."""

from adapters.settings.variables import API, BOTH, AreaSettings, variable


class TelemetrySettings(AreaSettings):
    api_metrics_host: str = variable(
        "127.0.0.1", "the address on which the API serves Prometheus", read_by=API
    )
    api_metrics_port: int | None = variable(
        None, "the port of it; unset: nothing is measured", read_by=API
    )
    otel_exporter_otlp_endpoint: str | None = variable(
        None,
        "where traces go, by OTLP over HTTP, as `http://collector:4318`; unset: nothing is traced",
        read_by=BOTH,
    )
    otel_exporter_otlp_logs_endpoint: str | None = variable(
        None,
        "where errors go, by OTLP over HTTP, as `http://collector:4318/v1/logs`; unset: into the log alone",
        read_by=BOTH,
    )
    otel_traces_sampler_arg: float = variable(
        1.0,
        "the share of requests that are traced, the same for API and worker; errors and logs have a "
        "trace id anyway",
        read_by=BOTH,
        ge=0,
        le=1,
    )
