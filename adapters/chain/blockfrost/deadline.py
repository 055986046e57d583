"""
Requests that end: `requests` limits the pause between two packets, never the whole of an answer.

A server that sends a byte now and then would hold a thread for as long as it likes, in its headers
as well as in its body. So the connection tells which socket it uses, and at the deadline another
thread shuts that socket down; whoever reads from it then finds the end.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Exchange:
    """One request and its answer; `is_cut` once the deadline has passed."""

    def __init__(self) -> None:
        self.is_cut = False
        self._is_over = False
        self._lock = threading.Lock()
        self._connection: HTTPConnection | None = None
        self._socket: socket.socket | None = None

    def uses(self, connection: HTTPConnection) -> None:
        # The connection forgets its socket before the body of an answer that closes it is read.
        with self._lock:
            self._connection = connection
            self._socket = connection.sock or self._socket
        if self.is_cut:
            self._shut_down()

    def cut(self) -> None:
        with self._lock:
            # The connection may serve somebody else already.
            if self._is_over:
                return
            self.is_cut = True
        self._shut_down()

    def end(self) -> None:
        with self._lock:
            self._is_over = True

    def _shut_down(self) -> None:
        used = (self._connection and self._connection.sock) or self._socket
        if used is not None:
            with suppress(OSError):
                used.shutdown(socket.SHUT_RDWR)


class _Running(threading.local):
    exchange: _Exchange | None = None


_running = _Running()


class _TellingItsSocket:
    """Before a connection can wait for anything, the exchange knows it."""

    def connect(self) -> None:
        self._tell()
        super().connect()  # type: ignore[misc]  # mixed into urllib3's connections
        self._tell()

    def request(self, *arguments: Any, **options: Any) -> None:
        self._tell()
        super().request(*arguments, **options)  # type: ignore[misc]  # as above
        self._tell()

    def _tell(self) -> None:
        if _running.exchange is not None:
            _running.exchange.uses(self)  # type: ignore[arg-type]  # as above


class _Connection(_TellingItsSocket, HTTPConnection):
    pass


class _SecureConnection(_TellingItsSocket, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class DeadlineAdapter(HTTPAdapter):
    """Its connections end with `deadline`, through a proxy as well."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> PoolManager:
        found: PoolManager = super().proxy_manager_for(*arguments, **options)
        found.pool_classes_by_scheme = _POOLS
        return found


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """
    Around one request of this thread and the reading of its answer.

    Raises:
        TimeoutError: it took longer; what was read is worth nothing.
    """
    exchange = _Exchange()
    timer = threading.Timer(seconds, exchange.cut)
    timer.daemon = True
    _running.exchange = exchange
    timer.start()
    try:
        yield
    finally:
        exchange.end()
        timer.cancel()
        _running.exchange = None
        if exchange.is_cut:
            # Said here, because an answer without a length only seems to end early.
            raise TimeoutError from None
