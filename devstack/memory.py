"""How much memory a process holds."""

import psutil

MEGABYTE = 1_000_000


def resident_megabytes(pid: int) -> float:
    """
    The resident set of a process and of all it has started, in MB of 1,000,000 bytes.

    Pages that they share are counted for each, so that the sum errs on the high side.

    Raises:
        psutil.NoSuchProcess: the process has ended.
    """
    process = psutil.Process(pid)
    family = (process, *process.children(recursive=True))
    return sum(member.memory_info().rss for member in family) / MEGABYTE
