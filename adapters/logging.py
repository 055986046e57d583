"""Logs: one JSON object a line, from structlog and from the libraries' loggers alike."""

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog
from temporalio import activity, workflow

from adapters.log_masking import mask_personal_data

REQUEST_IDS: ContextVar[tuple[str, str] | None] = ContextVar("request_ids", default=None)
"""The ids of the request that is being answered, and of its trace; each of its lines has them."""


def configure_logging(level: str = "INFO", *steps: structlog.types.Processor) -> None:
    """Send everything to standard error, each line through `steps` too; call once in each process."""
    shared: list[structlog.types.Processor] = [
        _add_request_ids,
        *steps,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        # Last, so that it sees what all others have added, tracebacks among them.
        mask_personal_data,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(level)
    # Every message would otherwise end in a dictionary that the JSON line already has as fields.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    # The libraries below log addresses with query strings, which may carry signatures.
    for chatty in (
        "httpx",
        "httpcore",
        "urllib3",
        "botocore",
        "boto3",
        "websockets",
        "pycardano",
        "fontTools",
        "fpdf",
    ):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _add_request_ids(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    ids = REQUEST_IDS.get()
    if ids is not None:
        event.setdefault("request_id", ids[0])
        event.setdefault("trace_id", ids[1])
    return event
