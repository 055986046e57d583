"""
`python -m api`: the API in a process of its own, on API_HOST and API_PORT.

SIGTERM or SIGINT lets requests that are being answered end for `--graceful-seconds`. Before that, SIGTERM
lets a load balancer notice for API_DRAIN_SECONDS that this process wants no more of them (ADR 0105).
"""
# ruff: noqa: E402 -- the collector is off before anything large is imported.

from adapters.process_memory import begin_start, end_start

begin_start()

import argparse
import asyncio
import signal
import socket
from functools import partial
from types import FrameType

import uvicorn

from adapters.settings import load_settings
from api.app import create_app


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, *, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._drains = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Of a second signal, or where nothing stands in front, the end begins at once."""
        loop = self._loop
        if loop is None or sig != signal.SIGTERM or self._drains or not self._drain_seconds:
            super().handle_exit(sig, frame)
            return
        self._drains = True
        self.config.loaded_app.state.is_draining = True
        # The handler of a signal may run in the midst of anything.
        loop.call_soon_threadsafe(
            loop.call_later, self._drain_seconds, super().handle_exit, sig, frame
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        end_start()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    parser.add_argument("--graceful-seconds", type=int, default=15)
    arguments = parser.parse_args()
    settings = load_settings()
    config = uvicorn.Config(
        partial(create_app, settings),
        factory=True,
        host=settings.web.api_host,
        port=settings.web.api_port,
        # Uvicorn would trust whatever is on this machine; TRUSTED_PROXIES says who is (ForwardedClient).
        proxy_headers=False,
        timeout_graceful_shutdown=arguments.graceful_seconds,
    )
    _Server(config, drain_seconds=settings.web.api_drain_seconds).run()


if __name__ == "__main__":
    main()
