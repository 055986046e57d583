"""
Lines of public lists as the bytes they are sent as, kept under the digest of what they are made of.

A list asks PostgreSQL which lines it shows and of which content (adapters/postgres/queries.py), and is
put together from bytes that are there already. What is not there is read and made, as it always was; so
nothing here is ever older than the row (ADR 0097).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import (
    DIGEST,
    DigestedList,
    LineDigest,
    PageRequest,
    Position,
)
from api.http.schema import ResponseSchema

BYTES_MAX = 8_000_000
"""Some eight thousand projects; when more is kept, all of it is made anew as it is asked for."""

View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One item of a list as JSON, and where it stands in its list."""

    text: str
    position: Position


class KeptLines(Generic[View]):
    """
    Of one list, in one process. `view_of` makes a view of a row, `as_response` the item of a view: both of
    nothing but what they are given.
    """

    def __init__(
        self,
        listed: DigestedList,
        view_of: Callable[[RowMapping], View],
        as_response: Callable[[View], ResponseSchema],
        position: Callable[[View], Position],
    ) -> None:
        self._listed = listed
        self._view_of = view_of
        self._as_response = as_response
        self._position = position
        self._kept: dict[LineDigest, KeptLine] = {}
        self._bytes = 0

    async def page(self, connection: AsyncConnection, page: PageRequest) -> Sequence[KeptLine]:
        """One line more than was asked for, where the list goes on, as `read_page` has it."""
        digests = await self._listed.digests(connection, page)
        found = [self._kept.get(digest) for digest in digests]
        known = [line for line in found if line is not None]
        if len(known) == len(found):
            return known
        return [self._line(row) for row in await self._listed.rows(connection, page)]

    def _line(self, row: RowMapping) -> KeptLine:
        digest = row["id"], row[DIGEST]
        kept = self._kept.get(digest)
        if kept is not None:
            return kept
        view = self._view_of(row)
        text = self._as_response(view).model_dump_json(by_alias=True)
        if self._bytes > BYTES_MAX:
            self._kept.clear()
            self._bytes = 0
        self._bytes += len(text)
        made = self._kept[digest] = KeptLine(text, self._position(view))
        return made
