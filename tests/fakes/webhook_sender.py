"""
A sender that keeps what it was given and answers as it is told.

It passes the tests in tests/adapters/webhooks/test_sender_contract.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.publishing.webhooks import ReceiverResponse


@dataclass(frozen=True)
class Sent:
    url: str
    body: bytes
    headers: Mapping[str, str]


class FakeWebhookSender:
    """Implements `activities.ports.publishing.WebhookSender`; without `answers` left, the receiver says 200."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.answers: list[ReceiverResponse] = []

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> ReceiverResponse:
        self.sent.append(Sent(url, body, dict(headers)))
        return self.answers.pop(0) if self.answers else ReceiverResponse(200)
