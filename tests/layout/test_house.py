"""How the code is laid out (docs/architecture.md), as far as import contracts cannot say it."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("domain", "activities", "workflows", "api", "adapters")
COMMANDS = ("tools", "migrations", "devstack")

MODULES_MAX = 15
MODULE_LINES_MEDIAN_MAX = 115
NINE_IN_TEN_LINES_MAX = 250

DOMAIN_LIBRARIES = {"pint", "regex", "rfc8785", "shapely"}
"""What the rules need from outside: canonical JSON (ADR 0011), Unicode's properties (0051), units (0080)."""


def modules(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return [path for path in found if "node_modules" not in path.parts]


def imported(path: Path) -> Iterator[str]:
    """The first parts of the names that a module imports, as `domain` of `domain.credits`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports by a relative name"
            yield (node.module or "").partition(".")[0]


def test_the_domain_imports_the_standard_library_and_what_is_listed_alone() -> None:
    names = {name for path in modules("domain") for name in imported(path)}
    assert names - sys.stdlib_module_names - {"domain"} == DOMAIN_LIBRARIES


def test_no_class_name_stands_for_two_things() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in [*modules(*LAYERS, *COMMANDS), ROOT / "worker.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert places
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("layer", LAYERS)
def test_no_folder_is_crowded(layer: str) -> None:
    folders: defaultdict[Path, int] = defaultdict(int)
    for path in modules(layer):
        folders[path.parent] += path.name != "__init__.py"
    assert folders
    crowded = {str(folder.relative_to(ROOT)): n for folder, n in folders.items() if n > MODULES_MAX}
    assert crowded == {}


def test_modules_are_short() -> None:
    lengths = [
        len(path.read_text().splitlines())
        for path in modules(*LAYERS)
        if path.name != "__init__.py"
    ]
    assert median(lengths) <= MODULE_LINES_MEDIAN_MAX
    assert quantiles(lengths, n=10)[-1] < NINE_IN_TEN_LINES_MAX
