"""
Search: texts that contain all words of a question, and which of them answer it best.

A word is found anywhere in a word of the text when it has three characters, and at its beginning when
it has one or two; in scripts without spaces anywhere always. The rule for what a word is stands in the
database (adapters/postgres/search_functions.py, ADR 0052).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, false, func, literal, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.search_functions import UNSPACED

WORDS_MAX = 16
"""Of a question; what else it says is not looked for."""
_GRAM = 3
_IS_UNSPACED = re.compile(f"[{UNSPACED}]+")


async def words_of(connection: AsyncConnection, written: str | None) -> tuple[str, ...] | None:
    """The words of a question, each once; none when it has neither letters nor digits. None: nothing was asked."""
    if written is None:
        return None
    # What PostgreSQL cannot hold in a text is no letter either.
    sent = written.replace("\x00", " ").encode(errors="replace").decode()
    found = await connection.scalar(text("SELECT search_words(:written)"), {"written": sent})
    return tuple(dict.fromkeys(str(found).split()))[:WORDS_MAX]


@dataclass(frozen=True)
class Searched:
    """A text as the database's `search_text` makes it, and the `search_grams` of it, which are indexed."""

    text: ColumnElement[str]
    grams: ColumnElement[Sequence[str]]

    def contains(self, word: str) -> ColumnElement[bool]:
        # Where no index is used, the one that is cheap to try comes first.
        return self.text.like(f"%{_part(word)}%") & self.grams.contains(
            literal(_grams(word), ARRAY(Text))
        )

    def contains_all(self, words: Sequence[str]) -> ColumnElement[bool]:
        """No words, no text."""
        return and_(*(self.contains(word) for word in words)) if words else false()

    def tiers(self, words: Sequence[str]) -> Sequence[ColumnElement[bool]]:
        """
        How well a text answers, the best first; each may repeat what the one before it has.

        The heading (before /: a title, a name) has all words whole; words of it begin like all; it has
        all of them somewhere. What fits none was found elsewhere.
        """
        heading = func.split_part(self.text, "/", 1, type_=Text) + " "
        return [
            and_(self.contains_all(words), *(heading.like(form.format(word)) for word in words))
            for form in ("% {} %", "% {}%", "%{}%")
        ]


async def best_first(
    connection: AsyncConnection,
    query: Select[Any],
    found: Sequence[ColumnElement[bool]],
    tiers: Sequence[ColumnElement[bool]],
    by: Sequence[ColumnElement[Any]],
    *,
    limit: int,
) -> Sequence[RowMapping]:
    """
    Read up to `limit` rows that are `found`: those of the first tier, newest by `by`, then of the next.

    A statement for each tier until there are enough, because one that puts all in order would read
    all that a frequent word finds. The last of `by` tells each row from all others.
    """
    rows: list[RowMapping] = []
    newest = [column.desc() for column in by]
    for tier in (*tiers, true()):
        if len(rows) == limit:
            break
        known = [row[str(by[-1].key)] for row in rows]
        more = query.where(*found, tier, by[-1].not_in(known)).order_by(*newest)
        rows += (await connection.execute(more.limit(limit - len(rows)))).mappings().all()
    return rows


def _part(word: str) -> str:
    """As it stands in a searched text, where a space is before each word."""
    return word if len(word) >= _GRAM or _IS_UNSPACED.fullmatch(word) else f" {word}"


def _grams(word: str) -> list[str]:
    part = _part(word)
    return [part[at : at + _GRAM] for at in range(max(1, len(part) - _GRAM + 1))]
