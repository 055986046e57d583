"""
`python -m tools.swagger_ui`: fetch the Swagger UI that `/api/docs` serves, as `VERSION` names it.

To update: change `VERSION` and `INTEGRITY` (`npm view swagger-ui-dist@5.36.0 dist.integrity`), run this, copy
what it prints into api/static/SOURCES.md, and look at `/api/docs`. A test compares the files with that table.
"""

import base64
import hashlib
import shutil
import subprocess  # nosec B404 -- runs npm alone
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

VERSION = "5.35.0"
INTEGRITY = "sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ=="
"""Of the package, as npm publishes it."""

FILES = (
    "LICENSE",
    "NOTICE",
    "swagger-ui-bundle.js",
    "swagger-ui-bundle.js.LICENSE.txt",
    "swagger-ui.css",
)
FOLDER = Path(__file__).parents[1] / "api" / "static" / "swagger-ui"
DONE, NOT_DONE = 0, 2


def keep(package: Path, folder: Path) -> None:
    """
    Write the files of a package into a folder.

    Raises:
        ValueError: the package is not the one that `INTEGRITY` names.
    """
    digest = hashlib.sha512(package.read_bytes()).digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != INTEGRITY:
        raise ValueError(f"{package.name} is not the package that is pinned")
    with tarfile.open(package) as archive:
        for name in FILES:
            found = archive.extractfile(f"package/{name}")
            if found is None:
                raise ValueError(f"{package.name} has no {name}")
            (folder / name).write_bytes(found.read())


def main() -> int:
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not there.", file=sys.stderr)
        return NOT_DONE
    with TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603 -- every word of it is ours  # nosec B603
            [npm, "pack", f"swagger-ui-dist@{VERSION}", "--pack-destination", folder], check=True
        )
        (package,) = Path(folder).iterdir()
        keep(package, FOLDER)
    for name in FILES:
        digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
        print(f"| `swagger-ui/{name}` | `{digest}` |")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
