"""A KMS in a process of its own (ministack), for tests that must not hold the private key."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import TYPE_CHECKING

from adapters.chain.keys.kms import connect_kms

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

START_SECONDS = 30
REGION = "eu-central-1"


@contextmanager
def running_kms(folder: Path) -> Iterator[str]:
    """Answer the address where it listens, on loopback alone; it ends with the block."""
    port = _free_port()
    environment = os.environ | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        # It can do more than a KMS, and would listen for that on other ports.
        "SERVICES": "kms",
        "SFTP_ENABLED": "false",
        "IOT_MTLS_ENABLED": "false",
        "TMPDIR": str(folder),
    }
    process = Popen(
        [sys.executable, "-m", "ministack"],
        env=environment,
        cwd=folder,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        _wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def connect(url: str) -> "KMSClient":
    return connect_kms(endpoint_url=url, region=REGION)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(process: "Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the KMS ended at its start, with code {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the KMS did not start")
