"""Whether this process traces and sends its errors. The libraries that do are loaded only when it does (ADR 0085)."""

from typing import TYPE_CHECKING

from adapters.settings.telemetry import TelemetrySettings

if TYPE_CHECKING:
    from adapters.telemetry.errors import ErrorReports
    from adapters.telemetry.traces import Tracing


def open_tracing(settings: TelemetrySettings, *, service: str) -> "Tracing | None":
    """None unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set; `service` names the process to collectors."""
    if not settings.otel_exporter_otlp_endpoint:
        return None
    # Loading these takes a tenth of a second and 15 MB.
    from adapters.telemetry.traces import Tracing, otlp_exporter  # noqa: PLC0415

    return Tracing(
        otlp_exporter(settings.otel_exporter_otlp_endpoint),
        service=service,
        share=settings.otel_traces_sampler_arg,
    )


def open_error_reports(settings: TelemetrySettings, *, service: str) -> "ErrorReports | None":
    """None unless `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT` is set."""
    if not settings.otel_exporter_otlp_logs_endpoint:
        return None
    from adapters.telemetry.errors import ErrorReports, otlp_log_exporter  # noqa: PLC0415 -- as above

    exporter = otlp_log_exporter(settings.otel_exporter_otlp_logs_endpoint)
    return ErrorReports(exporter, service=service)
