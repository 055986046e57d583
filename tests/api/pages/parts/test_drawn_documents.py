"""A document of inputs is read once, however many strangers ask at the same time, and not too many are kept."""

import asyncio
from collections import Counter

import pytest

from api.pages.parts.monitoring import quantifications
from api.pages.parts.monitoring.quantifications import DrawnDocuments


async def test_a_document_is_read_once_and_the_oldest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quantifications, "drawn_of", lambda content: content)
    kept, asked = DrawnDocuments(most=2), Counter[str]()

    async def ask(digest: str) -> object:
        async def content() -> bytes:
            asked[digest] += 1
            return digest.encode()

        return await kept.drawn(digest, content)

    assert await asyncio.gather(*(ask("a") for _ in range(5))) == [b"a"] * 5
    for digest in ("b", "a", "c", "a", "b"):
        await ask(digest)

    # At "c" the one that nobody had asked for the longest was forgotten, which was "b".
    assert asked == {"a": 1, "b": 2, "c": 1}
