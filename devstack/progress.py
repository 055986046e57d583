"""Which parts are starting, which are ready, and after how many seconds."""

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table


class Progress:
    """
    A live table on a terminal, one plain line for each part elsewhere, nothing when quiet.

    `seconds` holds the time of each finished part.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.seconds: dict[str, float] = {}
        self._quiet = quiet
        self._began: dict[str, float] = {}
        self._notes: dict[str, str] = {}
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if not self._quiet and sys.stdout.isatty():
            self._live = Live(get_renderable=self._table, console=Console(), refresh_per_second=8)
            self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure the block; a part that fails is left without its seconds."""
        self._began[name] = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - self._began[name]
        self._line(f"{name} ready after {self.seconds[name]:.1f} s")

    def note(self, name: str, text: str) -> None:
        """What a part that takes long is doing."""
        self._notes[name] = text
        self._line(f"{name}: {text}")

    def _line(self, text: str) -> None:
        if not self._quiet and self._live is None:
            print(text, flush=True)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, began in self._began.items():
            if name in self.seconds:
                table.add_row("[green]ready[/]", name, f"{self.seconds[name]:.1f} s")
            else:
                waited = f"{time.perf_counter() - began:.0f} s {self._notes.get(name, '')}"
                table.add_row("[yellow]starting[/]", name, waited)
        return table
