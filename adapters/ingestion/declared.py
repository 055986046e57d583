"""The formats of this release: files beside this module, and our own schema's (domain.ingestion.formats)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from domain.ingestion.formats import Format, own_format, read_format
from domain.ingestion.kinds.pathways import EXTENSIONS
from domain.ingestion.model import IngestedKind

FOLDER = Path(__file__).parent / "formats"


@cache
def declared_formats() -> Mapping[str, Format]:
    """
    By their ids, our own first.

    Raises:
        BadFormat: a file beside this module cannot be right.
    """
    formats = [own_format(kind) for kind in IngestedKind]
    formats += [own_format(IngestedKind.ACTIVITY, pathway) for pathway in EXTENSIONS]
    for path in sorted(FOLDER.glob("*.toml")):
        declared = tomllib.loads(path.read_text("utf-8"))
        formats += [read_format(one) for one in declared["formats"]]
    return {format.id: format for format in formats}
