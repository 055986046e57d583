"""Where the person asked from on whose behalf something is done now, for the audit log (ADR 0054)."""

from contextvars import ContextVar

from activities.payloads import AskedFrom

ASKED_FROM: ContextVar[AskedFrom | None] = ContextVar("asked_from", default=None)
"""Set around each HTTP request by the API, and around each activity by the worker; None: nobody asked."""
