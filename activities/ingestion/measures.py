"""What Prometheus is told of data that comes in, by the worker that did the work (deploy/prometheus)."""

from collections.abc import Iterable
from datetime import datetime

from temporalio import activity

from activities.ports.ingestion import FaultCount
from domain.ingestion.submissions import SubmittedFile


def measure_outcome(after: SubmittedFile, faults: Iterable[FaultCount]) -> None:
    """Files, rows and lines with faults; by format, which whoever sends in cannot make up, and by rule."""
    meter = activity.metric_meter()
    by_format = {"format": after.format}
    meter.create_counter("registry_ingestion_files").add(
        1, {**by_format, "status": after.status.value}
    )
    meter.create_counter("registry_ingestion_rows").add(after.rows_read, by_format)
    lines = meter.create_counter("registry_ingestion_faults")
    for fault in faults:
        lines.add(
            fault.count,
            {**by_format, "rule": fault.rule.value, "severity": fault.severity.value},
        )


def measure_open(*, groups: int, oldest: datetime | None, at: datetime) -> None:
    """
    How many groups of errors wait, and the age of the oldest in seconds; 0 where none waits.

    The moment, in Unix seconds, tells which worker's count is the newest.
    """
    meter = activity.metric_meter()
    age = (at - oldest).total_seconds() if oldest is not None else 0.0
    meter.create_gauge("registry_ingestion_issues_open").set(groups)
    meter.create_gauge("registry_ingestion_issues_oldest_seconds").set(int(age))
    meter.create_gauge("registry_ingestion_issues_looked_seconds").set(int(at.timestamp()))


def measure_look(
    *, taken: int, known: int, refused: int, waiting: int, oldest: datetime | None, at: datetime
) -> None:
    """
    What a look at folders did, and how many files lie in folders that cannot be served, with the age of the oldest.

    `known` are files whose bytes had come in before. The moment, in Unix seconds, tells that looks are made at all.
    """
    meter = activity.metric_meter()
    dropped = meter.create_counter("registry_ingestion_dropped")
    for outcome, files in (("taken", taken), ("known", known), ("refused", refused)):
        if files:
            dropped.add(files, {"outcome": outcome})
    age = (at - oldest).total_seconds() if oldest is not None else 0.0
    meter.create_gauge("registry_ingestion_folders_waiting").set(waiting)
    meter.create_gauge("registry_ingestion_folders_oldest_seconds").set(int(age))
    meter.create_gauge("registry_ingestion_folders_looked_seconds").set(int(at.timestamp()))
