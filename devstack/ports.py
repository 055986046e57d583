"""Free ports on 127.0.0.1: the same ones for the same folder where possible, others where not."""

import contextlib
import hashlib
import os
import random
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from devstack.processes import CannotStart

PORT_NAMES = (
    "api",
    "temporal",
    "temporal_ui",
    "postgres",
    "s3",
    "devnet",
    "smtp",
    "mail",
    "temporal_http",
    "temporal_metrics",
    "s3_grpc",
    "weed_master",
    "weed_master_grpc",
    "weed_volume",
    "weed_volume_grpc",
    "weed_filer",
    "weed_filer_grpc",
)
# Below the ports that Linux and macOS give to outgoing connections, which would race with us.
_LOWEST, _HIGHEST = 15_000, 32_000


def choose_ports(
    data_dir: Path,
    fixed: Mapping[str, int] | None = None,
    *,
    names: Sequence[str] = PORT_NAMES,
) -> dict[str, int]:
    """
    One free port for each of `names`.

    A port is fixed by the caller or by the environment (`API_PORT`, `TEMPORAL_UI_PORT`, ...). The
    others follow from the folder's path, so that yesterday's links work today, and move away when
    somebody else listens there.

    Raises:
        CannotStart: a fixed port is taken.
    """
    asked = {**_from_environment(names), **(fixed or {})}
    preferred = _preferred_start(data_dir)
    ports: dict[str, int] = {}
    with contextlib.ExitStack() as held:
        for place, name in enumerate(names):
            if name in asked:
                held.enter_context(_held(name, asked[name]))
                ports[name] = asked[name]
            else:
                ports[name] = _hold_a_free_one(held, preferred + place)
    return ports


def _from_environment(names: Sequence[str]) -> dict[str, int]:
    variables = {name: os.environ.get(f"{name.upper()}_PORT", "") for name in names}
    wrong = [name for name, text in variables.items() if text and not text.isdigit()]
    if wrong:
        names = ", ".join(f"{name.upper()}_PORT" for name in wrong)
        raise CannotStart(f"These variables of the environment must be port numbers: {names}.")
    return {name: int(text) for name, text in variables.items() if text}


def _preferred_start(data_dir: Path) -> int:
    digest = hashlib.sha256(str(data_dir.resolve()).encode()).digest()
    span = _HIGHEST - _LOWEST - len(PORT_NAMES)
    return _LOWEST + int.from_bytes(digest[:4], "big") % span


def _hold_a_free_one(held: contextlib.ExitStack, preferred: int) -> int:
    # Which port it is matters to nobody, so the random numbers need no secrecy.
    for port in (preferred, *random.sample(range(_LOWEST, _HIGHEST), 200)):
        with contextlib.suppress(OSError):
            held.enter_context(_bound(port))
            return port
    raise CannotStart(f"No free port was found between {_LOWEST} and {_HIGHEST}.")


def _held(name: str, port: int) -> socket.socket:
    try:
        return _bound(port)
    except OSError as error:
        raise CannotStart(f"Port {port}, which was asked for {name}, is taken.") from error


def _bound(port: int) -> socket.socket:
    probe = socket.socket()
    try:
        # A port whose last connections are still closing is free for us.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
    except OSError:
        probe.close()
        raise
    return probe
