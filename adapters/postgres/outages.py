"""Which errors say that PostgreSQL is away, rather than that something was wrong with what it was asked."""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

_LATER = ("08", "25P03", "25P04", "53", "55P03", "57")
"""
What PostgreSQL's codes (SQLSTATE) of another moment begin with: connection lost, idle or too long
in a transaction, no room, no lock in time, statement ended or shutting down.
"""


def database_is_away(error: BaseException) -> bool:
    """
    Whether it gave no answer, cannot be reached, or ended what was asked for reasons of its own.

    The same may succeed later. `OSError` has all of the network's faults and every time-out; of what is a
    `LookupError` too, as a page's template that is not there (jinja2), the database knows nothing.
    """
    if isinstance(error, LookupError):
        return False
    if isinstance(error, DBAPIError) and (
        error.connection_invalidated
        or str(getattr(error.orig, "sqlstate", None)).startswith(_LATER)
    ):
        return True
    return isinstance(error, OperationalError | InterfaceError | PoolExhausted | OSError)
