"""Objects of JSON as rows: one for each, nested objects under dotted names."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from adapters.ingestion.delimited import COLUMNS_MAX, LINE_CHARACTERS_MAX
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Row
from domain.ingestion.values import Cell

JSON_BYTES_MAX = 50_000_000
DEPTH_MAX = 6
HEAD = 100
"""Objects whose names together are the columns."""


def json_rows(path: Path, encoding: str) -> Iterator[Row]:
    """
    A list of objects, or an object in which one member is one; `line` is the number of the object.

    Raises:
        UnreadableFile: it is no JSON, none of these, or too large to be read as one piece.
    """
    if path.stat().st_size > JSON_BYTES_MAX:
        raise UnreadableFile(
            "JSON above 50 MB is read as JSON Lines only: one object on each line."
        )
    try:
        found = json.loads(path.read_text(encoding), parse_float=Decimal)
    except RecursionError as deep:
        raise UnreadableFile("This JSON is nested deeper than any table is.") from deep
    except ValueError as error:
        raise UnreadableFile(f"This is no JSON, or it is broken off: {error}.") from error
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else [found]
    return _table(enumerate(found, start=1))


def json_lines_rows(path: Path, encoding: str) -> Iterator[Row]:
    """
    One object on each line.

    Raises:
        UnreadableFile: a line is no object, or broken off.
    """
    return _table(_objects(path, encoding))


def _objects(path: Path, encoding: str) -> Iterator[tuple[int, Any]]:
    with path.open(encoding=encoding, errors="replace") as file:
        number = 0
        while line := file.readline(LINE_CHARACTERS_MAX + 1):
            number += 1
            if len(line) > LINE_CHARACTERS_MAX:
                raise UnreadableFile(
                    f"Line {number} is longer than {LINE_CHARACTERS_MAX:,} characters."
                )
            if not line.strip():
                continue
            try:
                yield number, json.loads(line, parse_float=Decimal)
            except (ValueError, RecursionError) as error:
                raise UnreadableFile(
                    f"Line {number} is no JSON, or it is broken off: {error}."
                ) from error


def _table(objects: Iterator[tuple[int, Any]]) -> Iterator[Row]:
    head: list[tuple[int, Mapping[str, Cell]]] = []
    for number, found in objects:
        head.append((number, _flat(number, found)))
        if len(head) == HEAD:
            break
    names = list(dict.fromkeys(name for _, one in head for name in one))
    if len(names) > COLUMNS_MAX:
        raise UnreadableFile(f"A table has {COLUMNS_MAX} columns at most.")
    yield Row(0, names)
    rest = ((number, _flat(number, found)) for number, found in objects)
    for number, one in chain(head, rest):
        yield Row(number, [one.get(name) for name in names])


def flattened(found: Mapping[str, Any]) -> dict[str, Cell]:
    """The members of an object, those of objects in it under dotted names."""
    flat: dict[str, Cell] = {}
    _flatten(found, "", flat, DEPTH_MAX)
    return flat


def _flat(number: int, found: object) -> dict[str, Cell]:
    if not isinstance(found, dict):
        raise UnreadableFile(f"Number {number} is no object: each row is one, with named values.")
    return flattened(found)


def _flatten(found: Mapping[str, Any], prefix: str, flat: dict[str, Cell], depth: int) -> None:
    for name, value in found.items():
        if isinstance(value, dict) and depth:
            _flatten(value, f"{prefix}{name}.", flat, depth - 1)
        else:
            flat[f"{prefix}{name}"] = value
