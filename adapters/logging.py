"""Logs: one JSON object a line, from structlog and from the libraries' loggers alike."""

import logging
import sys

import structlog
from temporalio import activity, workflow

from adapters.log_masking import mask_personal_data


def configure_logging(level: str = "INFO") -> None:
    """Send everything to standard error; call once in each process."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
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
