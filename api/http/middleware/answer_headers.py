"""Headers that middleware adds to an answer, as the bytes they are sent as."""

from collections.abc import Iterable

from starlette.types import Message

RawHeader = tuple[bytes, bytes]


def add_headers(start: Message, added: Iterable[RawHeader]) -> None:
    """To a `http.response.start`, in place; names are in lower case, and none is there already."""
    start["headers"] = [*start.get("headers", ()), *added]


def add_missing_headers(start: Message, added: Iterable[RawHeader]) -> None:
    """Likewise, but what the answer has already stays as it is."""
    sent = list(start.get("headers", ()))
    names = {name for name, _ in sent}
    start["headers"] = [*sent, *(pair for pair in added if pair[0] not in names)]
