"""
How long a chain's servers take to answer, for Prometheus beside the worker's other metrics.

Only what an activity asks is measured: the meter is the worker's.
"""

import re

from temporalio import activity

REQUEST_SECONDS = "registry_chain_request_seconds"

_PARTS = (
    (re.compile(r"[0-9a-f]{64}"), "{hash}"),
    (re.compile(r"(addr|stake)(_test)?1[a-z0-9]+"), "{address}"),
    (re.compile(r"(?<=/)\d+"), "{number}"),
)


def answered(call: str, seconds: float, status: int | None) -> None:
    """`call` names the request; `status` None: there was no answer within the limits."""
    if not activity.in_activity():
        return
    labels = {"call": _kind_of(call), "status": str(status or "none")}
    meter = activity.metric_meter()
    meter.create_histogram_float(REQUEST_SECONDS).record(seconds, labels)


def _kind_of(call: str) -> str:
    """Without what differs from one question to the next: a label has few values."""
    for part, name in _PARTS:
        call = part.sub(name, call)
    return call
