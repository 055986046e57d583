"""
docker-compose.yml started by Podman, without its engine's own orchestration.

A Podman of Debian 12 runs no health checks where there is no systemd, and `docker-compose` waits for
them; so this reads the file, starts each service as it says, and asks each health check itself.
"""

import json
import re
import shlex
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
LEFT_OUT = {"grafana", "prometheus", "temporal-ui"}
"""No stand-in: they watch, and nothing waits for them."""

HEALTHY_SECONDS = 120
JOB_SECONDS = 180


class ContainersFailed(RuntimeError):
    """A command of Podman's failed, or a service did not become what the others wait for."""


def podman(*arguments: str, seconds: float = 120, check: bool = True) -> str:
    """
    What it printed.

    Raises:
        ContainersFailed: with the end of what it said.
    """
    said = subprocess.run(
        ["podman", *arguments], capture_output=True, text=True, check=False, timeout=seconds
    )
    if check and said.returncode != 0:
        raise ContainersFailed(f"podman {arguments[0]}: {(said.stdout + said.stderr)[-2000:]}")
    return said.stdout.strip()


@dataclass
class Composed:
    """The services of docker-compose.yml; `environment` is what a `.env` beside it would say."""

    project: str
    environment: Mapping[str, str]
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        composed = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
        self.services: dict[str, dict[str, Any]] = {
            name: service for name, service in composed["services"].items() if name not in LEFT_OUT
        }

    def image(self, name: str) -> str:
        return f"localhost/{self._filled(self.services[name]['image'])}"

    def container(self, name: str) -> str:
        return f"{self.project}-{name}"

    def start(self) -> None:
        """All, each once what it waits for is as it wants it."""
        podman("network", "create", self.project)
        waiting = dict(self.services)
        while waiting:
            ready = [
                n for n, it in waiting.items() if not it.get("depends_on", {}).keys() & waiting
            ]
            for name in ready:
                began = time.monotonic()
                self._run(name)
                self.wait_for(name)
                self.seconds[name] = round(time.monotonic() - began, 1)
                del waiting[name]

    def wait_for(self, name: str) -> None:
        """
        Raises:
            ContainersFailed: a job did not end with 0, or a service is not healthy in time.
        """
        if self.services[name]["restart"] == "unless-stopped":
            self._wait_until_healthy(name)
        elif (code := podman("wait", self.container(name), seconds=JOB_SECONDS)) != "0":
            raise ContainersFailed(f"{name} ended with {code}: {self.log(name)}")

    def restart(self, name: str) -> None:
        podman("restart", self.container(name))
        self.wait_for(name)

    def inside(self, name: str, *command: str, check: bool = True) -> str:
        return podman("exec", self.container(name), *command, check=check)

    def pid(self, name: str) -> int:
        return int(podman("inspect", "--format", "{{.State.Pid}}", self.container(name)))

    def log(self, name: str) -> str:
        said = subprocess.run(
            ["podman", "logs", "--tail", "40", self.container(name)],
            capture_output=True,
            text=True,
            check=False,
        )
        return said.stdout + said.stderr

    def remove(self) -> None:
        for name in self.services:
            podman("rm", "--force", "--time", "2", "--volumes", self.container(name), check=False)
        volumes = podman("volume", "ls", "--quiet", "--filter", f"name={self.project}-")
        if volumes:
            podman("volume", "rm", "--force", *volumes.split(), check=False)
        podman("network", "rm", "--force", self.project, check=False)

    def _wait_until_healthy(self, name: str) -> None:
        kind, *command = self.services[name]["healthcheck"]["test"]
        if kind != "CMD":
            raise ContainersFailed(f"{name}: a health check of kind {kind} is not known here")
        ends = time.monotonic() + HEALTHY_SECONDS
        while time.monotonic() < ends:
            asked = subprocess.run(
                ["podman", "exec", self.container(name), *command],
                capture_output=True,
                check=False,
            )
            if asked.returncode == 0:
                return
            time.sleep(1)
        raise ContainersFailed(f"{name} is not healthy: {self.log(name)}")

    def _run(self, name: str) -> None:
        service = self.services[name]
        options = ["--detach", "--pull", "never", "--name", self.container(name)]
        options += ["--network", self.project, "--network-alias", name]
        options += ["--restart", "unless-stopped"] if self._lasts(name) else []
        options += ["--init"] if service.get("init") else []
        options += ["--read-only"] if service.get("read_only") else []
        options += [f"--tmpfs={path}" for path in service.get("tmpfs", [])]
        options += [f"--cap-drop={it}" for it in service.get("cap_drop", [])]
        options += [f"--security-opt={_for_podman(it)}" for it in service.get("security_opt", [])]
        options += [f"--user={service['user']}"] if "user" in service else []
        options += [f"--publish={self._filled(port)}" for port in service.get("ports", [])]
        options += [f"--volume={self._mount(mount)}" for mount in service.get("volumes", [])]
        if grace := service.get("stop_grace_period"):
            options += ["--stop-timeout", grace.removesuffix("s")]
        for variable, value in (service.get("environment") or {}).items():
            told = self.environment.get(variable) if value is None else self._filled(value)
            options += [] if told is None else ["--env", f"{variable}={told}"]
        if "entrypoint" in service:
            options += ["--entrypoint", json.dumps(service["entrypoint"])]
        command = service.get("command", [])
        podman("run", *options, self.image(name), *self._words(command))

    def _words(self, command: Any) -> list[str]:
        return shlex.split(command) if isinstance(command, str) else [str(it) for it in command]

    def _lasts(self, name: str) -> bool:
        return bool(self.services[name]["restart"] == "unless-stopped")

    def _mount(self, mount: str) -> str:
        source, _, rest = mount.partition(":")
        if source.startswith("./"):
            return f"{ROOT / source}:{rest}"
        return f"{self.project}-{source}:{rest}"

    def _filled(self, value: str) -> str:
        return re.sub(
            r"\$\{([A-Z0-9_]+):-([^}]*)\}",
            lambda found: self.environment.get(found[1]) or found[2],
            value,
        )


def _for_podman(option: str) -> str:
    return option.removesuffix(":true")
