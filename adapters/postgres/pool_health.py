"""Whether a pooled connection still leads anywhere, checked before it is used."""

import asyncio
import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

IDLE_SECONDS = 10.0
"""Less than what firewalls give an idle connection before they forget it."""

ANSWER_SECONDS = 1.0
"""How long that question may take."""

_RETURNED = "returned_at"


def check_connection_liveness(engine: AsyncEngine) -> None:
    """
    Replace connections that have ended, so that a restarted database is survived.

    An ended server says so, and then no question is needed. Silence is another matter: after
    `IDLE_SECONDS` the server is asked. SQLAlchemy's `pool_pre_ping` asks each time, which costs a
    short transaction as much as three of its own statements.
    """

    def before_lending(connection: Any, entry: ConnectionPoolEntry, _: object) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError("the server has closed this connection")
        returned_at = entry.info.get(_RETURNED)
        if returned_at is not None and time.monotonic() - returned_at > IDLE_SECONDS:
            _ask(engine, connection)

    def after_return(_: Any, entry: ConnectionPoolEntry) -> None:
        entry.info[_RETURNED] = time.monotonic()

    event.listen(engine.sync_engine, "checkout", before_lending)
    event.listen(engine.sync_engine, "checkin", after_return)


def _ask(engine: AsyncEngine, connection: Any) -> None:
    dialect = engine.sync_engine.dialect
    # A peer that has vanished says nothing at all; a new connection may still be made in time.
    giving_up = asyncio.get_running_loop().call_later(
        ANSWER_SECONDS, connection.driver_connection.terminate
    )
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as silent:
        raise DisconnectionError("the server does not answer on this connection") from silent
    finally:
        giving_up.cancel()
