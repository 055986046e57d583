"""The calculations of this release: files beside this module (domain.monitoring.calculations)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from domain.monitoring.calculations import Calculation, calculation_from

FOLDER = Path(__file__).parent / "calculations"


@cache
def declared_calculations() -> Mapping[str, Calculation]:
    """
    By their ids; numbers in the files are text, so that no binary fraction comes in.

    Raises:
        DeclarationFault: a file beside this module cannot be right.
    """
    read = (
        calculation_from(tomllib.loads(path.read_text("utf-8"), parse_float=str))
        for path in sorted(FOLDER.glob("*.toml"))
    )
    return {one.id: one for one in read}
