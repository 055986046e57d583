"""What a process of the API or the worker loads, and what it leaves to others."""

import subprocess
import sys

import pytest

HEAVY = {
    # Fonts and imaging: certificates are printed in a process of their own.
    "fpdf",
    "fontTools",
    "PIL",
    "uharfbuzz",
    "icu4py",
    # Every provider and backend that exists, for a few bytes of an address.
    "pycardano",
    "ogmios",
    "docker",
    "blockfrost",
    "requests",
    # The whole model of S3, in a process that only signs addresses.
    "boto3",
    # Formats of certificates, for who meets a passkey; how alike two columns' names are; a Redis.
    "webauthn",
    "rapidfuzz",
    "redis",
    # Tables and numbers of files of data.
    "pandas",
    "pyarrow",
    "polars",
    "numpy",
    "openpyxl",
    # Running workflows, in a process that only asks for them.
    "temporalio.worker",
    # Measuring and tracing, which are off by default (ADR 0085).
    "prometheus_client",
    "opentelemetry.exporter",
    "opentelemetry.instrumentation",
    "temporalio.contrib.opentelemetry",
}


@pytest.mark.parametrize(
    ("module", "needed"), [("api.app", set()), ("worker", {"boto3", "temporalio.worker"})]
)
def test_what_lives_long_loads_nothing_heavy_that_it_does_not_need(
    module: str, needed: set[str]
) -> None:
    program = f"import {module}, sys; print(*sys.modules)"

    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    loaded = set(said.split())
    assert "sqlalchemy" in loaded
    assert loaded & HEAVY == needed
