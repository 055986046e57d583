"""
`python -m api`: the API in a process of its own, on API_HOST and API_PORT.

SIGTERM or SIGINT lets requests that are being answered end for `--graceful-seconds`.
"""
# ruff: noqa: E402 -- the collector is off before anything large is imported.

from adapters.process_memory import begin_start, end_start

begin_start()

import argparse
import socket
from functools import partial

import uvicorn

from adapters.settings import load_settings
from api.app import create_app


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
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
    _Server(config).run()


if __name__ == "__main__":
    main()
