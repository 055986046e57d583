"""The worker registers all that there is: every activity in a task queue, every workflow."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.settings.database import DatabaseSettings
from tests.activities.registry import Registry
from worker import WORKFLOWS, Activity
from workflows import policies

ROOT = Path(__file__).parents[1]


def defined(folder: str, decorator: str) -> set[str]:
    """The names of what is decorated so, anywhere below a folder of the repository."""
    return {name for path in (ROOT / folder).rglob("*.py") for name in _decorated(path, decorator)}


def _decorated(path: Path, decorator: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef | ast.ClassDef):
            written = {ast.unparse(one).partition("(")[0] for one in node.decorator_list}
            if decorator in written:
                yield node.name


@pytest.fixture
def by_queue() -> dict[str, list[Activity]]:
    # Nothing is asked of the database, so that none has to run.
    return Registry(PostgresDatabase(open_engine(DatabaseSettings()))).use_cases.by_queue()


def test_every_activity_is_registered_and_none_twice_in_one_queue(
    by_queue: dict[str, list[Activity]],
) -> None:
    names = {queue: [one.__name__ for one in registered] for queue, registered in by_queue.items()}

    assert {name for registered in names.values() for name in registered} == defined(
        "activities", "activity.defn"
    )
    assert all(len(set(registered)) == len(registered) for registered in names.values())


def test_every_task_queue_has_its_worker(by_queue: dict[str, list[Activity]]) -> None:
    queues = {value for name, value in vars(policies).items() if name.endswith("_QUEUE")}

    assert len(queues) > 1
    assert by_queue.keys() == queues


def test_every_workflow_is_registered() -> None:
    names = [workflow.__name__ for workflow in WORKFLOWS]

    assert len(set(names)) == len(names)
    assert set(names) == defined("workflows", "workflow.defn")
