"""The workflow for GitHub, checked without GitHub: its schema, its linter, and what it calls."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".github" / "workflows" / "ci.yml"
JOBS: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["jobs"]


def commands(job: str) -> list[str]:
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def test_the_file_is_what_github_calls_a_workflow() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]

    checked = subprocess.run(
        [*command, "vendor.github-workflows", str(FILE)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


def test_its_linter_finds_no_weakness() -> None:
    """Actions that are not pinned to a commit, rights that are too wide, injected expressions."""
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or "zizmor"

    checked = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--persona=auditor", str(FILE)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_runs_what_is_run_on_any_other_machine() -> None:
    assert commands("check") == [".ci/run"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_every_lock_is_searched_for_known_vulnerabilities() -> None:
    (audit,) = commands("audit")

    locks = {path.name for path in ROOT.glob("requirements*.lock")}
    assert len(locks) == 2
    assert {lock for lock in locks if f"--requirement {lock}" in audit} == locks


def test_no_job_runs_for_hours() -> None:
    assert JOBS
    assert {name for name, job in JOBS.items() if job["timeout-minutes"] > 60} == set()
