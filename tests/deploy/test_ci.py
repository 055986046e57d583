"""The workflows for GitHub, checked without GitHub: their schema, their linter, and what they call."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def jobs(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(
        (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
    )["jobs"]
    return found


JOBS, RELEASE = jobs("ci"), jobs("release")


def commands(job: str, of: dict[str, dict[str, Any]] = JOBS) -> list[str]:
    return [step["run"] for step in of[job]["steps"] if "run" in step]


by_file = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))


@by_file
def test_the_file_is_what_github_calls_a_workflow(file: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]

    checked = subprocess.run(
        [*command, "vendor.github-workflows", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


@by_file
def test_its_linter_finds_no_weakness(file: Path) -> None:
    """Actions that are not pinned to a commit, rights that are too wide, injected expressions."""
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or "zizmor"

    checked = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--persona=auditor", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_runs_what_is_run_on_any_other_machine() -> None:
    assert commands("check") == [".ci/run"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_every_lock_is_searched_for_known_vulnerabilities() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (audit,) = re.findall(r"^audit:.*\n\t(.*)$", makefile, re.MULTILINE)

    locks = {path.name for path in ROOT.glob("requirements*.lock")}
    assert len(locks) == 2
    assert {lock for lock in locks if f"--requirement {lock}" in audit} == locks
    assert commands("audit") == commands("security", RELEASE) == ["make audit"]


def test_no_job_runs_for_hours() -> None:
    minutes = {**JOBS, **RELEASE}

    assert len(minutes) > 8
    assert {name for name, job in minutes.items() if job["timeout-minutes"] > 60} == set()


def test_a_release_does_nothing_that_cannot_be_done_by_hand() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    run = [command for job in RELEASE for command in commands(job, RELEASE)]
    made = [
        name for command in run for name in re.findall(r"make (?:--silent )?([a-z0-9-]+)", command)
    ]

    assert len(run) > 8
    assert made
    assert [name for name in made if name not in targets] == []
    # What signs in to the image registry is the one thing that only a workflow needs.
    assert [
        command for command in run if "make " not in command and "docker login" not in command
    ] == []


def test_nothing_reaches_people_before_it_was_tested_scanned_and_tried_on_staging() -> None:
    def before(job: str) -> set[str]:
        needed = RELEASE[job].get("needs", [])
        return {*needed, *(further for one in needed for further in before(one))}

    assert before("production") == {"unit", "integration", "security", "image", "staging", "e2e"}
    assert before("rollback") >= {"production", "health"}
    deployed = [job for job in RELEASE if "make deploy" in commands(job, RELEASE)]
    assert {job: RELEASE[job]["environment"]["name"] for job in deployed} == {
        "staging": "staging",
        "production": "production",
    }
    # What was tried is what is put in place: by its digest, which the one build told.
    digests = {
        step["env"]["DIGEST"] for job in deployed for step in RELEASE[job]["steps"] if "run" in step
    }
    assert digests == {"${{ needs.image.outputs.digest }}"}


def test_secrets_reach_the_jobs_of_an_environment_alone() -> None:
    seeing = {name for name, job in RELEASE.items() if "secrets." in str(job)}

    assert seeing == {"staging", "production", "rollback"}
    assert {name for name in seeing if "environment" not in RELEASE[name]} == set()
