"""
The build backend of karbonica-client: setuptools, after the models were generated.

`src/karbonica_client/models.py` is made of docs/openapi.yaml by datamodel-code-generator, whose version the
package pins. Nothing is kept twice in the repository. `python sdk/generating.py` does the same by itself.
"""

import subprocess
import sys
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
DOCUMENT = HERE.parent / "docs" / "openapi.yaml"
MODELS = HERE / "src" / "karbonica_client" / "models.py"
OPTIONS = (
    *("--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel"),
    *("--target-python-version", "3.11", "--use-annotated", "--use-standard-collections"),
    *("--use-union-operator", "--snake-case-field", "--allow-population-by-field-name"),
    *("--disable-timestamp", "--use-schema-description", "--collapse-root-models"),
)


def build_wheel(
    wheel_directory: str,
    config_settings: Any = None,
    metadata_directory: str | None = None,
) -> str:
    generate()
    made: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    return made


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    generate()
    made: str = build_meta.build_sdist(sdist_directory, config_settings)
    return made


def generate() -> None:
    """Write the models anew; an unpacked source distribution has them already."""
    if not DOCUMENT.exists():
        return
    command = [sys.executable, "-W", "ignore", "-m", "datamodel_code_generator"]
    subprocess.run(
        [*command, "--input", str(DOCUMENT), "--output", str(MODELS), *OPTIONS], check=True
    )


if __name__ == "__main__":
    generate()
