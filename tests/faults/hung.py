"""Servers that hang: their processes stopped (SIGSTOP), so that the kernel takes what is sent and nobody answers."""

import contextlib
from collections.abc import Iterator

import asyncpg
import psutil


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process and all that it has started stand still meanwhile, and go on afterwards, whatever happened."""
    first = psutil.Process(pid)
    processes = [first, *first.children(recursive=True)]
    try:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


async def postgres_pid(url: str) -> int:
    """Of the server itself, of which each connection's process is a child."""
    connection = await asyncpg.connect(url)
    try:
        backend: int = await connection.fetchval("SELECT pg_backend_pid()")
        return psutil.Process(backend).ppid()
    finally:
        await connection.close()
