"""
Commands beside `make demo` or `make dev` speak of the registry that runs there.

Its ports are free ones, chosen when it starts, so that no default could name them. Where the
environment names a registry already, that one is meant; what stands on the command line goes before
both.
"""

import fcntl
import json
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

FOLDER = Path(".data")
FILE = "environment.json"
_NAME_A_REGISTRY = (
    *("DATABASE_URL", "MIGRATIONS_DATABASE_URL", "TEMPORAL_ADDRESS", "PUBLIC_URL"),
    *("CARDANO_NETWORK", "CHAIN_PROVIDER", "BLOCKFROST_URL", "OGMIOS_URL", "KUPO_URL"),
)


def use_running_stack(
    folder: Path = FOLDER, environment: MutableMapping[str, str] = os.environ
) -> bool:
    """
    Add the settings of the stack that runs on `folder`, and say so; answers whether there is one.

    Nothing is added where one of the variables that name a registry is set: half of one and half of
    another would be compared otherwise.
    """
    if any(name in environment for name in _NAME_A_REGISTRY):
        return False
    settings = _settings_of_stack(folder)
    for name, value in settings.items():
        environment.setdefault(name, value)
    if settings:
        print(f"On the registry that runs in {folder}.", file=sys.stderr)
    return bool(settings)


def write_environment(folder: Path, environment: Mapping[str, str]) -> Path:
    """For the stack that owns the folder; whoever else reads it could sign as the registry's laptop does."""
    path = folder / FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(dict(environment), indent=2) + "\n")
    return path


def _settings_of_stack(folder: Path) -> dict[str, str]:
    try:
        with (folder / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found: dict[str, str] = json.loads((folder / FILE).read_text())
                return found
    except (FileNotFoundError, json.JSONDecodeError):
        # No stack was ever here, or it is starting or ending this moment.
        pass
    return {}
