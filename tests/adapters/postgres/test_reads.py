"""The read side: each named query says who may see what it returns, and one file decides who that is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

POSTGRES = Path(__file__).parents[3] / "adapters" / "postgres"
WRITES = {
    "accounts/api_keys.note_use",
    "accounts/personal_data/data_keys.add_key",
    "accounts/personal_data/data_keys.lock_email",
    "accounts/personal_data/data_keys.newest_key",
    "accounts/personal_data/data_keys.rows_behind",
    "accounts/personal_data/data_keys.seal",
    "accounts/personal_data/data_keys.seal_batch",
    "audit/log.queue_entry",
    "chain/provider_notes.note_provider_told",
    "ingestion/copying.copy_lines",
    "requests/refused_requests.forget_stored_request",
    "requests/stored_responses.claim",
    "requests/stored_responses.claim_with_request",
    "requests/stored_responses.keep",
    "requests/stored_responses.keep_all",
}
"""What writes on a connection of its own, beside the unit of work."""
QUERIES_MIN = 50
"""So many there are at least, lest the tests look for them where they are no more."""


def queries() -> Iterator[tuple[str, str]]:
    """Name and docstring of each public function of an area that takes a connection first."""
    for path in sorted(POSTGRES.glob("*/**/*.py")):
        for part in ast.parse(path.read_text()).body:
            if isinstance(part, ast.AsyncFunctionDef) and _takes_connection(part):
                name = f"{path.relative_to(POSTGRES).with_suffix('')}.{part.name}"
                yield name, ast.get_docstring(part) or ""


def _takes_connection(function: ast.AsyncFunctionDef) -> bool:
    first = [ast.unparse(one.annotation) for one in function.args.args[:1] if one.annotation]
    return first == ["AsyncConnection"] and not function.name.startswith("_")


def test_the_queries_are_where_they_are_looked_for() -> None:
    found = {name for name, _ in queries()}

    assert len(found - WRITES) >= QUERIES_MIN
    assert found >= WRITES


@pytest.mark.parametrize(("name", "docstring"), list(queries()), ids=lambda value: value[:60])
def test_each_query_says_who_may_see_what_it_returns(name: str, docstring: str) -> None:
    assert name in WRITES or "Seen by: " in docstring, name


def test_who_sees_what_is_decided_in_one_file() -> None:
    adapters = POSTGRES.parent
    naming = {
        str(path.relative_to(adapters))
        for path in adapters.rglob("*.py")
        if "Permission"
        in {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
    }

    assert naming == {"postgres/visibility.py"}
