"""
docker-compose.yml, the Dockerfiles and what they mount, checked without an engine.

CI has no container engine, so nothing here starts a container. What can be wrong on paper is looked
for on paper: the compose specification's own schema, names that must agree, files that must exist.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.settings import Settings
from adapters.settings.settings import AREA_OF, AREAS
from tools.settings_page import read_by

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILES = [ROOT / "Dockerfile", ROOT / "deploy" / "devnet" / "Dockerfile"]
OURS = {name for name, it in SERVICES.items() if it["image"].startswith("karbonica-registry:")}
LASTING = {name for name, it in SERVICES.items() if it["restart"] == "unless-stopped"}
JOBS = SERVICES.keys() - LASTING


def with_defaults(value: str) -> str:
    """What compose makes of `${NAME:-default}` when the environment says nothing."""
    return re.sub(r"\$\{[A-Z0-9_]+:-([^}]*)\}", r"\1", value)


def told_by_default(name: str) -> dict[str, str]:
    """A service's environment when nobody sets anything; without a value it is passed on if it is set."""
    told = SERVICES[name]["environment"]
    return {name: with_defaults(value) for name, value in told.items() if value is not None}


def dependencies(name: str) -> dict[str, str]:
    """The services that this one waits for, and until when."""
    listed = SERVICES[name].get("depends_on", {})
    return {needed: condition["condition"] for needed, condition in listed.items()}


def pinned(lock: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    return dict(found)


def test_the_file_is_what_the_compose_specification_calls_one() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    checked = subprocess.run(
        [*command, str(ROOT / "docker-compose.yml")], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_registry_is_told_only_what_it_reads(name: str) -> None:
    told = SERVICES[name]["environment"].keys()

    assert {variable.lower() for variable in told} <= AREA_OF.keys()


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_defaults_are_settings_the_registry_starts_with(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for field in AREA_OF:
        monkeypatch.delenv(field.upper(), raising=False)
    for variable, value in told_by_default(name).items():
        monkeypatch.setenv(variable, value)

    settings = Settings()

    assert settings.chain.cardano_network == "devnet"
    assert not settings.chain.blockfrost_project_id
    assert "@postgres:5432/karbonica" in settings.database.database_url.get_secret_value()


@pytest.mark.parametrize(("name", "reader"), [("api", "API"), ("worker", "worker")])
def test_what_a_process_is_told_beside_the_others_it_reads_itself(name: str, reader: str) -> None:
    own = SERVICES[name]["environment"].keys() - COMPOSE["x-settings"].keys()
    fields = {
        variable.upper(): field
        for area in AREAS.values()
        for variable, field in area.model_fields.items()
    }

    assert own
    assert [variable for variable in own if reader not in read_by(fields[variable])] == []


@pytest.mark.parametrize(("name", "reader"), [("api", "API"), ("worker", "worker")])
def test_every_setting_that_a_process_reads_reaches_it(name: str, reader: str) -> None:
    """A new setting would otherwise do nothing for whoever runs the containers."""
    read = {
        variable.upper()
        for area in AREAS.values()
        for variable, field in area.model_fields.items()
        if reader in read_by(field)
    }

    assert len(read) > 40
    assert read - SERVICES[name]["environment"].keys() == set()


HOSTED_LIMIT = 10
"""Requests a second that hosted Blockfrost allows one address."""


@pytest.mark.parametrize("name", ["api", "worker"])
def test_a_hosted_provider_that_is_named_is_not_flooded(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody sets BLOCKFROST_URL and nothing else, and the API and the worker share an address."""
    for variable, value in told_by_default(name).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("BLOCKFROST_URL", "https://cardano-preview.blockfrost.io/api/v0")

    settings = Settings()

    together = (
        settings.chain.blockfrost_requests_per_second + settings.chain.check_requests_per_second
    )
    assert together <= HOSTED_LIMIT


def test_every_service_that_lasts_says_whether_it_is_well() -> None:
    assert LASTING
    assert {name for name in LASTING if "healthcheck" not in SERVICES[name]} == set()


def test_every_job_is_waited_for_by_somebody() -> None:
    waited_for = {
        needed
        for name in SERVICES
        for needed, until in dependencies(name).items()
        if until == "service_completed_successfully"
    }

    assert waited_for == JOBS


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_for_services_that_exist_and_can_become_so(name: str) -> None:
    possible = dict.fromkeys(JOBS, "service_completed_successfully")
    possible |= dict.fromkeys(LASTING, "service_healthy")

    assert dependencies(name).items() <= possible.items()


def test_no_service_waits_for_itself() -> None:
    started: set[str] = set()
    while ready := {n for n in SERVICES if n not in started and dependencies(n).keys() <= started}:
        started |= ready

    assert started == SERVICES.keys()


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_mounts_is_there(name: str) -> None:
    sources = [mount.split(":")[0] for mount in SERVICES[name].get("volumes", [])]

    paths = [source for source in sources if source.startswith("./")]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert set(sources) - set(paths) <= COMPOSE["volumes"].keys()


def test_nothing_is_published_beyond_this_machine() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_everything_taken_from_the_environment_has_a_default() -> None:
    taken = re.findall(r"\$\{[^}]*\}", (ROOT / "docker-compose.yml").read_text())

    assert taken
    assert [name for name in taken if ":-" not in name] == []


def test_each_image_of_others_can_be_named_by_its_digest() -> None:
    """By a variable, and by default with a version: none is whatever is newest (ADR 0055)."""
    images = {name: it["image"] for name, it in SERVICES.items()}
    named = {name: image for name, image in images.items() if not image.startswith("karbonica-")}
    arguments = [argument for file in DOCKERFILES for argument in _image_arguments(file)]

    assert len(named) > 5
    assert [
        i for i in named.values() if not re.fullmatch(r"\$\{[A-Z_]+_IMAGE:-[^:}]+:v?\d[^:}]*\}", i)
    ] == []
    assert len(arguments) == len(DOCKERFILES)
    assert [a for a in arguments if not re.fullmatch(r"[A-Z]+_IMAGE=[a-z]+:\d[\d.]*-slim", a)] == []


def _image_arguments(dockerfile: Path) -> list[str]:
    """What its stages begin with; each is named by an argument."""
    text = dockerfile.read_text()
    sources = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE))
    assert all(source in stages or source.startswith("${") for source in sources), sources
    return re.findall(r"^ARG (\S+_IMAGE=\S+)", text, re.MULTILINE)


def test_temporal_is_the_version_that_the_tests_run_on() -> None:
    command = shutil.which("temporal", path=str(Path(sys.executable).parent)) or "temporal"
    said = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
    server, ui = re.findall(r"(?:Server|UI) ([0-9.]+)", said)

    assert with_defaults(SERVICES["temporal"]["image"]) == f"temporalio/server:{server}"
    assert with_defaults(SERVICES["temporal-schema"]["image"]) == f"temporalio/admin-tools:{server}"
    assert with_defaults(SERVICES["temporal-ui"]["image"]) == f"temporalio/ui:{ui}"


def test_a_worker_that_is_stopped_has_time_to_end_what_it_does() -> None:
    worker = SERVICES["worker"]

    grace_seconds = int(worker["stop_grace_period"].removesuffix("s"))

    assert grace_seconds > int(worker["environment"]["GRACEFUL_SHUTDOWN_SECONDS"])


def test_only_the_worker_and_the_job_that_makes_them_see_the_keys() -> None:
    mounting = {
        name
        for name, service in SERVICES.items()
        if any(mount.startswith("keys:") for mount in service.get("volumes", []))
    }

    assert mounting == {"keys", "worker"}


@pytest.mark.parametrize(("job", "prefix"), [("api", "API"), ("worker", "WORKER")])
def test_prometheus_asks_a_process_where_it_answers(job: str, prefix: str) -> None:
    jobs = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    scraped = {one["job_name"]: one["static_configs"] for one in jobs}

    served = SERVICES[job]["environment"]

    assert served[f"{prefix}_METRICS_HOST"] == "0.0.0.0"
    assert scraped[job] == [{"targets": [f"{job}:{served[f'{prefix}_METRICS_PORT']}"]}]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_dockerfile_pleases_its_linter(dockerfile: Path) -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or "hadolint"

    said = subprocess.run([hadolint, str(dockerfile)], capture_output=True, text=True, check=False)

    assert (said.returncode, said.stdout) == (0, "")


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_an_image_copies_is_there_and_sent_to_the_builder(dockerfile: Path) -> None:
    copies = re.findall(r"^COPY (?!--from)(.+)$", dockerfile.read_text(), re.MULTILINE)
    sources = [source for copy in copies for source in copy.split()[:-1]]

    assert sources
    assert [source for source in sources if not list(ROOT.glob(source.rstrip("/")))] == []
    assert [source for source in sources if not is_sent_to_builder(source)] == []


@pytest.mark.parametrize(
    "path",
    [
        ".data/keys/platform.hex",
        ".git/config",
        ".env",
        "tests/deploy",
        "devstack/devnet/node_modules",
        "devstack/chromium/node_modules",
    ],
)
def test_neither_keys_nor_tests_are_sent_to_the_builder(path: str) -> None:
    assert not is_sent_to_builder(path)


def is_sent_to_builder(path: str) -> bool:
    """The last line of .dockerignore that speaks of a path, or of a folder above it, decides."""
    sent = True
    above = [path.rstrip("/"), *(str(parent) for parent in Path(path).parents)]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").rstrip("/")
        if any(fnmatch(part, pattern) for part in above if part != "."):
            sent = line.startswith("!")
    return sent


def test_the_stage_that_runs_is_the_last_one_and_no_superuser() -> None:
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)[1:]
    base = next(stage for stage in stages if stage.startswith("${PYTHON_IMAGE} AS base"))

    assert stages[-1].startswith("base AS registry")
    assert re.findall(r"^USER (.+)$", base, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in stages[-1]


def test_the_image_installs_the_very_versions_that_were_tested() -> None:
    tested, installed = pinned("requirements.lock"), pinned("requirements-runtime.lock")

    assert installed
    assert installed.items() <= tested.items()


def test_the_image_has_every_package_the_registry_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[\[=<> ;]", asked)[0] for asked in project["dependencies"]}

    assert names - pinned("requirements-runtime.lock").keys() == set()
