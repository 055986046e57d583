"""Errors as a collector gets them: where and of what kind, in which trace, and without a word of what they quote."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter

from adapters.logging import REQUEST_IDS, configure_logging
from adapters.telemetry.errors import ErrorReports

SECRET = "Ada Lovelace, ada@example.org"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def collected() -> InMemoryLogRecordExporter:
    return InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]


@pytest.fixture
def reports(collected: InMemoryLogRecordExporter) -> Iterator[ErrorReports]:
    reports = ErrorReports(collected, service="karbonica-api")
    before = logging.getLogger().handlers[:], logging.getLogger().level
    configure_logging("INFO", reports.note)
    yield reports
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def test_errors_are_sent_by_kind_and_place_and_in_their_trace(
    collected: InMemoryLogRecordExporter, reports: ErrorReports
) -> None:
    ours = structlog.get_logger("ours")
    token = REQUEST_IDS.set(("the-request", TRACE))
    try:
        ours.info("nothing_happened")
        try:
            int(SECRET)
        except ValueError:
            ours.exception("it_failed", person=SECRET)
            logging.getLogger("library").exception("could not keep %s", SECRET)
        ours.error("request_failed", error=["KeyError"], places=["app.py:1 in answer"])
        logging.getLogger("library").error(
            "keeps failing", extra={"error": ["OSError"], "places": ["worker.py:2 in run"]}
        )
        logging.getLogger("opentelemetry.exporter").error("no collector")
    finally:
        REQUEST_IDS.reset(token)
    reports.close()

    told = [_told(one.log_record) for one in _sent(collected)]
    here = "test_errors_are_sent_by_kind_and_place_and_in_their_trace"
    assert [(body, kind) for body, kind, _ in told] == [
        ("it_failed", "builtins.ValueError"),
        ("could not keep %s", "builtins.ValueError"),
        ("request_failed", "KeyError"),
        ("keeps failing", "OSError"),
    ]
    assert [place.rpartition(" in ")[2] for _, _, place in told] == [here, here, "answer", "run"]
    assert {f"{one.log_record.trace_id:032x}" for one in _sent(collected)} == {TRACE}
    assert "Ada" not in str([vars(one.log_record) for one in _sent(collected)])


def _sent(collected: InMemoryLogRecordExporter) -> Any:
    return collected.get_finished_logs()


def _told(record: Any) -> tuple[str, str, str]:
    attributes = record.attributes
    return record.body, attributes["exception.type"], attributes["exception.stacktrace"]
