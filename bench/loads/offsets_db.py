"""
The field's pipeline on exports of registries, in an environment of its own: without our code, on its own Python.

Called with the folder of the exports; prints the CPU seconds of each file, read and processed, as JSON. The first time
does not count: what is loaded once is not its speed.
"""

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # it is in the other environment
from offsets_db_data import (  # type: ignore[import-not-found]  # noqa: F401 -- each adds methods to data frames
    apx,
    arb,
    cercarbono,
    gld,
    isometric,
    vcs,
)

APX = ("american-carbon-registry", "art-trees", "climate-action-reserve")
ROUNDS = 3


WHO = {"verra": "vcs", "gold-standard": "gld", "isometric": "isometric", "cercarbono": "cercarbono"}


def _processed(path: Path, credits: Any) -> Any:
    registry, what = path.parent.name, path.stem
    frame = pd.read_csv(path)
    if registry == "arb":
        return frame.process_arb()
    named = {"registry_name": registry} if registry in APX else {}
    who = "apx" if registry in APX else WHO[registry]
    if what == "projects":
        return getattr(frame, f"process_{who}_projects")(credits=credits, **named)
    return getattr(frame, f"process_{who}_credits")(download_type=what, **named)


def _credits(folder: Path) -> Any:
    """What a registry's projects are put together with; not timed here, but with its own files."""
    files = [path for path in sorted(folder.glob("*.csv")) if path.stem != "projects"]
    return pd.concat([_processed(path, None) for path in files])


def main(folder: Path) -> None:
    warnings.simplefilter("ignore")
    seconds: dict[str, float] = {}
    faults: dict[str, str] = {}
    for path in sorted(folder.glob("**/*.csv")):
        name = str(path.relative_to(folder))
        credits = _credits(path.parent) if path.stem == "projects" else None
        taken = []
        for _ in range(ROUNDS):
            began = time.process_time()
            try:
                _processed(path, credits)
            except Exception as fault:  # noqa: BLE001 -- that it stops at the file is what is told
                faults[name] = f"{type(fault).__name__}: {str(fault)[:200]}"
            taken.append(time.process_time() - began)
        seconds[name] = min(taken[1:])
    print(json.dumps({"seconds": seconds, "faults": faults}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
