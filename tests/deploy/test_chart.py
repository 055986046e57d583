"""The Helm chart: what it sets is read, what must be set is, and what it renders is closed where it can be."""

import copy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.settings import Settings
from adapters.settings.settings import AREA_OF, AREAS
from tests.databases import PERSONAL_KEYS
from tools.settings_page import read_by

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "karbonica"
ENVIRONMENTS = ("development", "staging", "production")
DIGEST = f"sha256:{'ab' * 32}"
KUBERNETES = "1.31.0"
"""Helm built from its module, without its makers' flags, takes every cluster for one of 1.20."""

SECRET = PERSONAL_KEYS["personal_data_key"].get_secret_value()
SAMPLES = {
    "DATABASE_URL": "postgresql+asyncpg://karbonica_app:secret@database:5432/karbonica",
    "REDIS_URL": "redis://counters:6379/0",
    "MIGRATIONS_DATABASE_URL": "postgresql+asyncpg://karbonica:secret@database:5432/karbonica",
}
FIELDS = {
    variable.upper(): field
    for area in AREAS.values()
    for variable, field in area.model_fields.items()
}
MADE_BY_THE_CHART = {"WORKER_BUILD_ID"}

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
NEEDED = {
    name
    for name, value in COMPOSE["x-settings"].items()
    # Where somebody's own node is asked instead of Blockfrost, and what has a default that fits.
    if value is not None
    and name not in {"OGMIOS_URL", "KUPO_URL", "CHAIN_PROVIDER", "BLOCKFROST_REQUESTS_PER_SECOND"}
    # AWS has no address of its own, and people need not see Temporal's pages.
    and name not in {"S3_ENDPOINT_URL", "S3_PUBLIC_ENDPOINT_URL", "TEMPORAL_UI_URL"}
    # A devnet asks for no account and has quick blocks.
    and name not in {"BLOCKFROST_PROJECT_ID", "CHAIN_POLL_SECONDS"}
} | {"WEBHOOK_SECRET_KEY", "PERSONAL_DATA_KEY", "PERSONAL_INDEX_KEY"}


def laid_upon(below: Any, above: Any) -> Any:
    """As Helm lays one file of values upon another: maps are merged, anything else is replaced."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return copy.deepcopy(above)
    both = {name: laid_upon(below[name], above[name]) for name in below.keys() & above.keys()}
    return {**below, **above, **both}


def values(environment: str) -> dict[str, Any]:
    common = yaml.safe_load((CHART / "values.yaml").read_text())
    own = yaml.safe_load((CHART / f"values-{environment}.yaml").read_text())
    merged: dict[str, Any] = laid_upon(common, own)
    return merged


def told(environment: str, process: str) -> dict[str, str]:
    """What a process finds in its environment, with some secret for each that is only referred to."""
    of = values(environment)
    settings = {**of["settings"], **of[process].get("settings", {})}
    secrets = {**of["secrets"], **of[process].get("secrets", {})}
    return settings | {name: SAMPLES.get(name, SECRET) for name in secrets}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_everything_that_is_set_is_read_by_who_is_told(environment: str) -> None:
    of = values(environment)
    readers = {"api": "API", "worker": "worker", "migrations": "migrations"}

    common = of["settings"].keys() | of["secrets"].keys()
    assert {name.lower() for name in common} <= AREA_OF.keys()
    for process, reader in readers.items():
        own = of[process]["settings"].keys() | of[process]["secrets"].keys()
        assert own, process
        assert [name for name in own if reader not in read_by(FIELDS[name])] == [], process


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("process", ["api", "worker"])
def test_a_process_is_told_all_that_it_needs_and_starts_with_it(
    environment: str, process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for field in AREA_OF:
        monkeypatch.delenv(field.upper(), raising=False)
    given = told(environment, process)
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    assert len(NEEDED) > 10
    assert given.keys() >= NEEDED
    assert (
        settings.chain.cardano_network
        == {
            "development": "devnet",
            "staging": "preview",
            "production": "mainnet",
        }[environment]
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_secret_stands_in_values(environment: str) -> None:
    of = values(environment)
    written = [of["settings"], *(of[process]["settings"] for process in ("api", "worker"))]

    secret = {name for name, field in FIELDS.items() if "SecretStr" in str(field.annotation)}
    assert secret
    assert [name for settings in written for name in settings if name in secret] == []


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_a_worker_that_is_stopped_has_time_to_end_what_it_does(environment: str) -> None:
    worker = values(environment)["worker"]
    grace_seconds = worker["terminationGracePeriodSeconds"]

    assert grace_seconds > int(worker["settings"]["GRACEFUL_SHUTDOWN_SECONDS"])
    assert worker["settings"]["PLATFORM_SIGNER"] == "kms"


def helm(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = shutil.which("helm")
    if command is None:
        pytest.skip("helm is missing: go install helm.sh/helm/v3/cmd/helm@v3.22.0")
    return subprocess.run([command, *arguments], capture_output=True, text=True, check=False)


def rendered(environment: str, *more: str) -> list[dict[str, Any]]:
    file = CHART / f"values-{environment}.yaml"
    said = helm(
        *("template", "karbonica", str(CHART), "--kube-version", KUBERNETES),
        *("--values", str(file), "--set", f"image.digest={DIGEST}", *more),
    )
    assert said.returncode == 0, said.stderr
    return [document for document in yaml.safe_load_all(said.stdout) if document]


def pods(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        document["metadata"]["name"]: document["spec"]["template"]["spec"]
        for document in documents
        if document["kind"] in {"Deployment", "Job"}
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_its_linter_and_its_schema_find_no_fault(environment: str) -> None:
    file = str(CHART / f"values-{environment}.yaml")

    fit = helm("lint", str(CHART), "--strict", "--values", file, "--set", f"image.digest={DIGEST}")
    unnamed = helm("lint", str(CHART), "--strict", "--values", file)

    assert fit.returncode == 0, fit.stdout
    # An image that is named by nothing but a version is not deployed (ADR 0055).
    assert unnamed.returncode == 1
    assert "digest" in unnamed.stdout + unnamed.stderr


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_container_is_closed_where_it_can_be(environment: str) -> None:
    made = pods(rendered(environment))

    assert len(made) == 3
    for name, pod in made.items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["automountServiceAccountToken"] is False, name
        containers = [*pod["containers"], *pod.get("initContainers", [])]
        assert containers
        for container in containers:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]
            assert container["image"].endswith(f"@{DIGEST}")


def test_what_is_rendered_tells_each_process_what_the_values_say() -> None:
    made = pods(rendered("production"))

    for process in ("api", "worker"):
        variables = {one["name"] for one in made[f"karbonica-{process}"]["containers"][0]["env"]}
        assert variables - MADE_BY_THE_CHART == told("production", process).keys()
    owner = {one["name"] for one in made["karbonica-migrations-1"]["containers"][0]["env"]}
    assert owner == {"DATABASE_URL", "MIGRATIONS_DATABASE_URL"}


def test_production_scales_is_drained_gently_and_talks_to_whom_it_must_alone() -> None:
    documents = rendered("production")
    kinds = sorted(document["kind"] for document in documents)
    scaled = {
        document["metadata"]["name"]: [metric["type"] for metric in document["spec"]["metrics"]]
        for document in documents
        if document["kind"] == "HorizontalPodAutoscaler"
    }

    assert kinds.count("PodDisruptionBudget") == 2
    assert kinds.count("NetworkPolicy") == 3
    assert scaled == {
        "karbonica-api": ["Resource"],
        "karbonica-worker": ["Resource", "External", "External", "External"],
    }
