"""
Parquet of the open data, made of its JSONL by a process of its own, which ends with the file.

Only that process imports Arrow: it would stay in a worker for ever with a hundred megabytes, for files that are
written once a day, and the API has no use for it (ADR 0121).
"""

import asyncio
import os
import sys
from pathlib import Path

from domain.publishing.open_data import Dataset

ROOT = Path(__file__).parents[2]


class CannotWriteParquet(Exception):
    """The process failed; what it wrote is in the message."""


class ParquetFiles:
    """`activities.ports.publishing.ParquetWriter`."""

    async def write(self, dataset: Dataset, lines: Path, target: Path) -> None:
        """
        Raises:
            CannotWriteParquet: the process failed.
        """
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adapters.parquet.write", dataset, str(lines), str(target)),
            cwd=ROOT,
            env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await child.communicate()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            raise CannotWriteParquet(said.decode(errors="replace")[-2000:])
