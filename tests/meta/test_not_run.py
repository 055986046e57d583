"""The end of a run says which tests it did not run, in one process and in two."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFTEST = """
from tests.not_run import NotRun

def pytest_configure(config):
    config.pluginmanager.register(NotRun(config))
"""
TESTS = """
import pytest

@pytest.fixture
def browser():
    pytest.skip("there is no browser")

def test_a_page(browser): ...
def test_another_page(browser): ...
@pytest.mark.skip(reason="it is too slow")
def test_slow(): ...
@pytest.mark.proof
def test_long(): ...
def test_done(): ...
"""


def end_of_run(folder: Path, *options: str) -> list[str]:
    """The lines after the loud one; none when there is no such line."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = proof\n")
    (folder / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "-p", "no:randomly"]
    run = subprocess.run(
        [*command, *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    _, loud, after = run.stdout.partition(" NOT RUN ")
    # The last line is pytest's own count.
    return after.splitlines()[1:-1] if loud else []


@pytest.mark.parametrize(
    "processes",
    [[], pytest.param(["--numprocesses=2"], marks=pytest.mark.proof)],
    ids=["one", "two"],
)
def test_reasons_are_told_with_their_numbers(tmp_path: Path, processes: list[str]) -> None:
    told = end_of_run(tmp_path, "-m", "not proof", *processes)

    assert told == [
        "2 tests: there is no browser",
        "1 test: it is too slow",
        "1 test: long proofs, run by `make prove`",
    ]


def test_tests_that_were_not_chosen_are_counted(tmp_path: Path) -> None:
    told = end_of_run(tmp_path, "-k", "done or long")

    assert told == ["3 tests: not chosen by the options of this run"]


def test_a_run_that_left_nothing_out_says_nothing(tmp_path: Path) -> None:
    assert end_of_run(tmp_path, "test_it.py::test_done", "test_it.py::test_long") == []
