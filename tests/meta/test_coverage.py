"""The floor under the tests: what is measured, what is told, and when a run fails."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.coverage import FLOOR, is_below, report

ROOT = Path(__file__).parents[2]
ONE_FILE = "tests/domain/certificates/test_seals.py"


def measured(percent: float, missing: dict[str, int]) -> dict[str, Any]:
    return {
        "summary": {"percent_covered": percent, "covered_lines": 900, "missing_lines": 100},
        "files": {
            path: {"summary": {"covered_lines": 10, "missing_lines": lines}}
            for path, lines in missing.items()
        },
    }


@pytest.mark.parametrize(
    ("percent", "fails"), [(FLOOR - 0.01, True), (FLOOR, False), (FLOOR + 5, False)]
)
def test_a_run_below_the_floor_fails(percent: float, fails: bool) -> None:
    assert is_below(measured(percent, {})) is fails


def test_files_with_most_lines_that_did_not_run_are_named_first() -> None:
    told = list(report(measured(90.0, {"a.py": 3, "b.py": 0, "c.py": 12})))

    assert [line.split()[-1] for line in told[1:]] == ["c.py", "a.py"]
    assert told[0].startswith("90.0 % of 1000 lines ran, above the floor of 90 %")


def share_of(*options: str) -> float:
    """What a run of one file's tests measures, in per cent; it fails, because that is little."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.coverage", *options, ONE_FILE],
        cwd=ROOT,
        # This run may itself be a worker of pytest-xdist; the new one is none.
        env={name: value for name, value in os.environ.items() if "XDIST" not in name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert " failed" not in run.stdout
    (share,) = re.findall(
        r"^([0-9.]+) % of \d+ lines ran, BELOW the floor", run.stdout, re.MULTILINE
    )
    # The largest file of the product is one that no test of that file imports, whichever it is.
    (missing, of) = re.findall(r"(\d+) of +(\d+)  \w", run.stdout)[0]
    assert missing == of
    return float(share)


@pytest.mark.proof
def test_two_processes_measure_as_much_as_one() -> None:
    assert share_of("--numprocesses=2") == share_of("--numprocesses=0") > 5
