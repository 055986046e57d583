"""
What is JSON to everybody: no name twice in an object, no NaN or Infinity, UTF-8.

Python's parser takes the last of two members of one name, where others take the first: two programs
that read one body would read two requests. RFC 8259 (section 4) calls that unpredictable and I-JSON
(RFC 7493, section 2.3) forbids it. NaN and Infinity are in no version of JSON.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from api.http.errors.problem import Code, Problem, Source
from api.http.errors.validation_errors import pointer

PROBLEMS_MAX = 20
_Steps = tuple[str | int, ...]


class AmbiguousJson(Exception):
    """A body that two readers would not understand alike; `problems` name each place."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("ambiguous JSON")
        self.problems = problems


class _Members(list[tuple[str, Any]]):
    """An object as it was written: each member, in order."""


@dataclass(frozen=True)
class _Constant:
    """`NaN`, `Infinity` or `-Infinity`."""

    word: str


def require_unambiguous(body: bytes) -> None:
    """
    Look at a body before the framework reads it; what is no JSON at all is left to that.

    Raises:
        AmbiguousJson: with a pointer to every name that is there twice and every number that is none,
            up to PROBLEMS_MAX.
    """
    try:
        document = json.loads(body.decode(), object_pairs_hook=_Members, parse_constant=_Constant)
    except UnicodeDecodeError:
        raise AmbiguousJson([_problem((), "The body is not UTF-8.")]) from None
    except (ValueError, RecursionError):
        return
    if problems := list(islice(_problems(document), PROBLEMS_MAX)):
        raise AmbiguousJson(problems)


def _problems(document: Any) -> Iterator[Problem]:
    """In the order of the body. Without recursion: a body may be nested as deep as it likes."""
    waiting: list[tuple[Any, _Steps]] = [(document, ())]
    while waiting:
        value, steps = waiting.pop()
        below: list[tuple[Any, _Steps]] = []
        match value:
            case _Members():
                below = [(inner, (*steps, name)) for name, inner in value]
                seen: set[str] = set()
                for name, _ in value:
                    if name in seen:
                        yield _problem((*steps, name), f"“{name}” is there more than once")
                    seen.add(name)
            case list():
                below = [(inner, (*steps, index)) for index, inner in enumerate(value)]
            case _Constant():
                yield _problem(steps, f"{value.word} is not a number in JSON")
        waiting.extend(reversed(below))


def _problem(steps: _Steps, sentence: str) -> Problem:
    return Problem(Code.VALIDATION_ERROR, sentence, Source("pointer", pointer(steps)))
