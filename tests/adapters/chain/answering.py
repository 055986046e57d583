"""A small server on loopback that answers as it is told and remembers what it was asked."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that has given up closes its connection; that is no news here."""


@asynccontextmanager
async def on_one_port(http_url: str, socket_port: int) -> AsyncIterator[str]:
    """
    The URL of a port that leads to the HTTP server, and for who asks for a WebSocket to that one.

    Ogmios has both on one port. A connection stays what its first request makes of it.
    """

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while some := await reader.read(65_536):
            writer.write(some)
            await writer.drain()
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        is_socket = b"upgrade: websocket" in head.lower()
        port = socket_port if is_socket else urlsplit(http_url).port
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        far_writer.write(head)
        with suppress(ConnectionError):
            await asyncio.gather(forward(reader, far_writer), forward(far_reader, writer))

    async with await asyncio.start_server(connect, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield urlsplit(http_url)._replace(netloc=f"127.0.0.1:{port}").geturl()


class Server:
    """
    Gives the answers it was told, in order, and remembers the questions.

    Once they are used up, it asks `route` what to answer, when a test has set that.
    """

    def __init__(self) -> None:
        self.answers: deque[Answer | Event] = deque()
        self.questions: list[Question] = []
        self.route: Callable[[Question], Answer] | None = None
        self._http = _QuietServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}/api/v0"
        Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def will_answer(self, *answers: Any) -> None:
        """Objects become JSON; an `Event` holds the answer back until it is set."""
        for answer in answers:
            told = isinstance(answer, Answer | Event)
            self.answers.append(answer if told else Answer(body=json.dumps(answer)))

    def next_answer(self) -> Answer | Event:
        if self.answers or self.route is None:
            return self.answers.popleft()
        return self.route(self.questions[-1])

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One packet an answer; two would wait for each other's acknowledgement.
            wbufsize = -1

            def do_GET(self) -> None:
                size_bytes = int(self.headers.get("Content-Length", 0))
                server.questions.append(
                    Question(
                        self.command,
                        self.path,
                        {name.lower(): value for name, value in self.headers.items()},
                        self.rfile.read(size_bytes),
                        self.client_address[1],
                    )
                )
                answer = server.next_answer()
                if isinstance(answer, Event):
                    answer.wait(10)
                    answer = Answer()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                body = answer.body.encode()
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the names are http.server's

            def log_message(self, *_: Any) -> None:
                """Keep the test's output quiet."""

        return Handler
