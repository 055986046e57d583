"""The package by which strangers check certificates, without our source: built, unpacked and run."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.tools.sample_certificates import TX_HASH, sealed_bytes

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checker")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder), "./checker"], cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    ZipFile(wheel).extractall(folder / "unpacked")
    return folder / "unpacked"


def checked(package: Path, certificate: bytes, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "certificate.json"
    file.write_bytes(certificate)
    # Nobody listens there, so that what only the chain can say is not checked.
    command = ["-m", "karbonica_verify", str(file), "--chain", "http://127.0.0.1:1/api/v0"]
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_brings_what_a_check_needs_and_nothing_that_is_called_domain(package: Path) -> None:
    names = {path.relative_to(package).parts[0] for path in package.rglob("*.py")}

    assert names == {"karbonica_verify"}
    assert not [path for path in package.rglob("*.py") if "from domain" in path.read_text()]


def test_it_tells_true_from_false(package: Path, tmp_path: Path) -> None:
    true = checked(package, sealed_bytes(), tmp_path)
    false = checked(package, sealed_bytes().replace(TX_HASH.encode(), b"0" * 64, 1), tmp_path)

    assert (true.returncode, false.returncode) == (2, 1), true.stderr + false.stdout
