"""Commands find the stack that runs in their folder, and only where nothing else was named."""

import stat
from pathlib import Path

import pytest

from devstack.data_folder import locked
from tools.running_stack import use_running_stack, write_environment

STACK = {"DATABASE_URL": "postgresql://127.0.0.1:25001/karbonica", "LOG_LEVEL": "INFO"}


def test_the_settings_of_a_running_stack_are_taken(tmp_path: Path) -> None:
    environment = {"PATH": "/bin", "LOG_LEVEL": "ERROR"}
    with locked(tmp_path):
        written = write_environment(tmp_path, STACK)
        assert use_running_stack(tmp_path, environment)

    assert environment == {**STACK, "PATH": "/bin", "LOG_LEVEL": "ERROR"}
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["DATABASE_URL", "BLOCKFROST_URL", "CARDANO_NETWORK"])
def test_whoever_names_a_registry_means_that_one(tmp_path: Path, name: str) -> None:
    environment = {name: "another"}
    with locked(tmp_path):
        write_environment(tmp_path, STACK)

        assert not use_running_stack(tmp_path, environment)

    assert environment == {name: "another"}


@pytest.mark.parametrize("left_behind", [True, False], ids=["a killed stack's", "nothing"])
def test_a_stack_that_runs_no_more_is_not_meant(tmp_path: Path, left_behind: bool) -> None:
    environment: dict[str, str] = {}
    if left_behind:
        with locked(tmp_path):
            write_environment(tmp_path, STACK)

    assert not use_running_stack(tmp_path, environment)
    assert environment == {}


def test_a_stack_that_is_just_starting_is_not_meant(tmp_path: Path) -> None:
    with locked(tmp_path):
        assert not use_running_stack(tmp_path, {})
