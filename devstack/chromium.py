"""
The Chromium that opens the pages in tests: the machine's own, else one from npm.

`BROWSER` in the environment decides: a path or a name of a Chromium or Chrome takes that one, and
`none` does without. Anything else in it is a desktop's browser for links, and not meant for us.
"""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devstack.npm import find_node, install
from devstack.processes import CannotStart, ChildProcess

FOLDER = Path(__file__).parent / "chromium"
NONE = "none"
_UNPACKED = FOLDER / "node_modules" / ".unpacked"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Chromium:
    """A program that Playwright can start, and what must be added to its environment."""

    executable: Path
    environment: Mapping[str, str] = field(default_factory=dict)


async def find_chromium(
    log: Path, announce: Callable[[], None], *, browser: str | None = None
) -> Chromium | None:
    """
    A Chromium, or None where `browser` (the value of `BROWSER`) is `none`.

    The one from npm (68 MB, locked with its hash) is installed when it is first needed; `announce`
    is called before, `log` gets npm's words. It brings its libraries and fonts, and is built for
    x86-64 Linux alone.

    Raises:
        CannotStart: `browser` names a Chromium that is not there; or there is none, and the one
            from npm does not run on this machine or cannot be installed.
    """
    if browser == NONE:
        return None
    if browser and "chrom" in Path(browser).name.lower():
        named = shutil.which(browser)
        if named is None:
            raise CannotStart(f"BROWSER names {browser}, which is not there.")
        return Chromium(Path(named))
    for name in _NAMES:
        found = shutil.which(name)
        if found is not None:
            return Chromium(Path(found))
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise CannotStart(
            "There is no Chromium here: install Chromium or Chrome and name it"
            " (BROWSER=/path/to/chromium), or leave its tests out (BROWSER=none)."
        )
    return await _from_npm(log, announce)


async def _from_npm(log: Path, announce: Callable[[], None]) -> Chromium:
    node = find_node()

    def unpacking() -> ChildProcess:
        _UNPACKED.mkdir()
        return ChildProcess(
            "Unpacking Chromium",
            [str(node.node), str(FOLDER / "unpack.mjs")],
            log,
            environment={"TMPDIR": str(_UNPACKED)},
        )

    await install(node, FOLDER, log, announce, then=unpacking)
    libraries = [str(_UNPACKED / "al2023" / "lib"), os.environ.get("LD_LIBRARY_PATH", "")]
    return Chromium(
        _UNPACKED / "chromium",
        {
            "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries)),
            "FONTCONFIG_FILE": str(FOLDER / "fonts.conf"),
            "XDG_CACHE_HOME": str(_UNPACKED / "cache"),
        },
    )
