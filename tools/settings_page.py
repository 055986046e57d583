"""
Write docs/settings.md from the settings' own classes.

    python -m tools.settings_page            write the page
    python -m tools.settings_page --print    print it instead
"""

import argparse
import sys
from collections.abc import Iterator
from inspect import getdoc, getmodule
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from adapters.settings.settings import AREAS
from adapters.settings.variables import AreaSettings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = """\
# Settings

Everything is read from the environment, once, at start. All faults are told at once. `make dev` and `make demo` set what
they need themselves. Lists and tables are written as JSON. A secret is shown by neither a log line nor a traceback.

`make settings` writes this page from `adapters/settings/`; a test holds the two together.
"""
COLUMNS = "| variable | default | meaning | secret | read by |\n|---|---|---|---|---|"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.settings_page", description=__doc__)
    parser.add_argument("--print", action="store_true", help="print the page instead")
    if parser.parse_args().print:
        sys.stdout.write(page())
    else:
        PAGE.write_text(page())
    return 0


def page() -> str:
    return "\n".join([HEAD, *(_section(name, area) for name, area in AREAS.items())])


def default_text(field: FieldInfo) -> str:
    """A default as somebody would write it in an environment; or why there is none to write."""
    if field.default_factory is not None:
        return "the network's"
    value: Any = field.default
    if value is None:
        return "unset"
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_secret(field: FieldInfo) -> bool:
    return SecretStr in _parts(field.annotation)


def read_by(field: FieldInfo) -> list[str]:
    """The processes that read the variable, as `adapters.settings.variables.Reader` names them."""
    extra = field.json_schema_extra
    readers = extra["read_by"] if isinstance(extra, dict) else None
    if not isinstance(readers, list) or not readers:
        raise ValueError("a variable of the settings says who reads it")
    return [str(reader) for reader in readers]


def _section(name: str, area: type[AreaSettings]) -> str:
    rows = [_row(variable, field) for variable, field in area.model_fields.items()]
    module = getmodule(area)
    return "\n".join([f"## {name.capitalize()}", "", getdoc(module) or "", "", COLUMNS, *rows, ""])


def _row(variable: str, field: FieldInfo) -> str:
    default = default_text(field)
    shown = default if default in {"unset", "the network's"} else f"`{default}`"
    secret = "secret" if is_secret(field) else ""
    readers = ", ".join(read_by(field))
    return f"| `{variable.upper()}` | {shown} | {field.description} | {secret} | {readers} |"


def _parts(annotation: Any) -> Iterator[Any]:
    """A type and the types that it is made of."""
    yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)


if __name__ == "__main__":
    sys.exit(main())
