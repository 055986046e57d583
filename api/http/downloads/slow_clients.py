"""Answers that hold something scarce while they are read: who reads too slowly is cut off."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from starlette.responses import StreamingResponse
from starlette.types import Message, Send

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SlowClientPolicy:
    """
    A reader may keep us waiting for so many seconds, and one more for each so many bytes taken.

    Whoever takes only just enough is cut off after `seconds_max` of waiting all the same.
    """

    seconds: float = 10
    bytes_a_second: float = 100_000
    seconds_max: float = 600


SLOW_CLIENT_POLICY = SlowClientPolicy()


class ClientTooSlow(Exception):
    """Part of an answer was not taken in time."""


class SlowClientGuard(StreamingResponse):
    """
    Ends in the middle when its reader loses our patience, as a broken connection would.

    What makes the content is closed then, and with it gives back what it holds.
    """

    def __init__(
        self,
        content: AsyncGenerator[bytes, None],
        *,
        media_type: str,
        headers: Mapping[str, str],
        patience: SlowClientPolicy = SLOW_CLIENT_POLICY,
    ) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._content = content
        self._patience = patience

    async def stream_response(self, send: Send) -> None:
        """Send all of it, or as much as the reader takes in time."""
        sent_bytes, waited_seconds = 0, 0.0

        async def send_in_time(message: Message) -> None:
            nonlocal sent_bytes, waited_seconds
            allowed_seconds = min(
                self._patience.seconds + sent_bytes / self._patience.bytes_a_second,
                self._patience.seconds_max,
            )
            began = time.monotonic()
            try:
                async with asyncio.timeout(allowed_seconds - waited_seconds):
                    await send(message)
            except TimeoutError:
                raise ClientTooSlow from None
            waited_seconds += time.monotonic() - began
            sent_bytes += len(message.get("body", b""))

        async with aclosing(self._content):
            try:
                await super().stream_response(send_in_time)
            except ClientTooSlow:
                # Without the last message the server closes the connection: the reader sees that
                # the file is not whole.
                log.warning("reader_too_slow", sent_bytes=sent_bytes)
