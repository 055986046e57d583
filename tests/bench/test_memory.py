"""Memory as the bench and the demo report it."""

import subprocess
import sys

import psutil

from devstack.memory import resident_megabytes


def test_memory_of_a_process_includes_what_it_has_started() -> None:
    this = resident_megabytes(psutil.Process().pid)
    hold = "b = bytearray(80_000_000); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        both = resident_megabytes(psutil.Process().pid)
        child.kill()

    assert 80 < both - this < 200
