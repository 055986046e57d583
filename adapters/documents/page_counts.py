"""
How many pages a PDF has, counted in a process of its own.

The file is a stranger's: whoever reads it may be kept busy for ever, or for all the memory there is. A
process can be ended, and has limits of its own.
"""

import asyncio
import os
import resource
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 20
MEMORY_BYTES_MAX = 1024**3


class PdfPageCounter:
    """`activities.ports.projects.PageCounter`, by pypdf."""

    async def pages(self, file: Path) -> int | None:
        counting = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adapters.documents.page_counts", str(file)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
            env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        )
        try:
            answer, _ = await asyncio.wait_for(counting.communicate(), SECONDS_MAX)
        except TimeoutError:
            return None
        finally:
            if counting.returncode is None:
                counting.kill()
                await counting.wait()
        counted = answer.decode().strip()
        return int(counted) if counting.returncode == 0 and counted.isdecimal() else None


def _count(file: Path) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    # Here, so that the process that asks never loads it.
    from pypdf import PdfReader  # noqa: PLC0415

    return len(PdfReader(file, strict=False).pages)


if __name__ == "__main__":
    sys.stdout.write(str(_count(Path(sys.argv[1]))))
