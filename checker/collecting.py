"""
The build backend of karbonica-verify: setuptools, after the modules were collected.

What `tools/verify.py` and `tools/verify_log.py` import of this repository, directly or not, is copied below
`src/karbonica_verify/` with its imports renamed. Nothing is kept twice in the repository.
"""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import get_requires_for_build_sdist, get_requires_for_build_wheel

__all__ = [
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
ENTRANCES = tuple(REPOSITORY / "tools" / name for name in ("verify.py", "verify_log.py"))
PACKAGE = HERE / "src" / "karbonica_verify"
_IMPORT = re.compile(r"^(\s*(?:from|import) )domain\b", re.MULTILINE)


def build_wheel(
    wheel_directory: str,
    config_settings: Any = None,
    metadata_directory: str | None = None,
) -> str:
    collect()
    made: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    return made


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    collect()
    made: str = build_meta.build_sdist(sdist_directory, config_settings)
    return made


def collect() -> None:
    """Write the package anew; an unpacked source distribution has it already."""
    if not all(entrance.exists() for entrance in ENTRANCES):
        return
    shutil.rmtree(PACKAGE, ignore_errors=True)
    shutil.copyfile(REPOSITORY / "LICENSE", HERE / "LICENSE")
    modules: set[Path] = set()
    for one in ENTRANCES:
        needed(one, modules)
    for module in sorted(modules):
        within = Path(module.name) if module in ENTRANCES else module.relative_to(REPOSITORY)
        copy = PACKAGE / within
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(renamed(module.read_text()))
    for folder in {PACKAGE, *(path.parent for path in PACKAGE.rglob("*.py"))}:
        (folder / "__init__.py").touch()
    entrance = "import sys\n\nfrom karbonica_verify.verify import main\n\nsys.exit(main())\n"
    (PACKAGE / "__main__.py").write_text(entrance)


def renamed(source: str) -> str:
    source = _IMPORT.sub(r"\1karbonica_verify.domain", source)
    source = source.replace("python -m tools.verify_log", "karbonica-verify-log")
    return source.replace("python -m tools.verify", "karbonica-verify")


def needed(module: Path, found: set[Path]) -> set[Path]:
    """The modules of this repository that one needs, itself among them."""
    if module not in found:
        found.add(module)
        for name in _imported(module):
            path = REPOSITORY.joinpath(*name.split(".")).with_suffix(".py")
            if name.startswith("domain.") and path.exists():
                needed(path, found)
    return found


def _imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
