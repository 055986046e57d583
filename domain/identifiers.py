"""Names of things: credit serials, and identifiers derived so that a repeated request meets the same row."""

import re
from dataclasses import dataclass
from uuid import UUID, uuid5

from domain.errors import Invalid

REGISTRY_NAMESPACE = UUID("6f1d3e9c-6a2b-5c0f-9d0e-4b6172626f6e")

_SERIAL = re.compile(r"KRB-([1-9][0-9]{3})-([0-9]{3,9})-([0-9]{6,12})")


@dataclass(frozen=True, order=True)
class Serial:
    """
    `KRB-{vintage}-{project number}-{running number}`, as KRB-2024-001-000001.

    The project number has three digits or more, the running number six or more; neither has
    superfluous leading zeros. One serial names one credit entry for ever.

    Source: seed, "Value Objects: SerialNumber"; ADR 0005.
    """

    vintage: int
    project_number: int
    running_number: int

    def __str__(self) -> str:
        return f"KRB-{self.vintage:04d}-{self.project_number:03d}-{self.running_number:06d}"

    @classmethod
    def parse(cls, text: str) -> "Serial":
        """
        Raises:
            Invalid: the text is not what `str()` prints for some serial.
        """
        match = _SERIAL.fullmatch(text)
        if match:
            serial = cls(*(int(part) for part in match.groups()))
            if str(serial) == text and serial.project_number and serial.running_number:
                return serial
        raise Invalid(f"{text!r} is not a credit serial such as KRB-2024-001-000001")


def operation_id(account_id: UUID, action: str, idempotency_key: str) -> UUID:
    """
    The identifier of what a request brings about: the same request always names the same thing.

    It is the last word on idempotency together with the primary key it becomes (ADR 0003).
    """
    return uuid5(REGISTRY_NAMESPACE, f"{account_id}/{action}/{idempotency_key}")


def derived_id(parent: UUID, name: str) -> UUID:
    """The identifier of something that exists once for each parent, such as its transaction."""
    return uuid5(parent, name)
