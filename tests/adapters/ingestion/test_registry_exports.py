"""
Real exports of nine registries, with counts and sums that were taken by independent means.

The files are not ours to hand on. REGISTRY_EXPORTS names the folder that has them (else `shared/data` above or beside us), `offsets-db-data`
(of the repository of that name) and `verra-projects-2023` in it; without it these tests are skipped.
"""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from domain.ingestion.issues import IssueRule
from domain.ingestion.model import IngestedKind
from tests.adapters.ingestion.reading import read_file

BESIDE = [folder / "shared" / "data" for folder in Path(__file__).resolve().parents]
DATA = Path(
    os.environ.get("REGISTRY_EXPORTS")
    or next((folder for folder in BESIDE if folder.is_dir()), "no folder")
)

pytestmark = pytest.mark.skipif(
    not (DATA / "offsets-db-data").is_dir(),
    reason="REGISTRY_EXPORTS names no folder with registries' exports",
)

PROJECT, ISSUANCE, RETIREMENT = IngestedKind.PROJECT, IngestedKind.ISSUANCE, IngestedKind.RETIREMENT

EXPORTS = [
    ("american-carbon-registry/issuances.csv", "acr-issuances", ISSUANCE, 100, "7749713", 86),
    ("american-carbon-registry/retirements.csv", "acr-retirements", RETIREMENT, 100, "298881", 23),
    (
        "american-carbon-registry/cancellations.csv",
        "acr-cancellations",
        RETIREMENT,
        50,
        "7646709",
        43,
    ),
    ("american-carbon-registry/projects.csv", "acr-projects", PROJECT, 50, "16245647", 50),
    ("art-trees/issuances.csv", "art-issuances", ISSUANCE, 11, "58753403", 3),
    ("art-trees/retirements.csv", "art-retirements", RETIREMENT, 8, "420998", 3),
    ("art-trees/cancellations.csv", "art-cancellations", RETIREMENT, 3, "36100", 1),
    ("art-trees/projects.csv", "art-projects", PROJECT, 28, "0", 28),
    ("cercarbono/issuances.csv", "cercarbono-issuances", ISSUANCE, 100, "2166860", 10),
    ("cercarbono/retirements.csv", "cercarbono-retirements", RETIREMENT, 100, "639718", 6),
    ("cercarbono/projects.csv", "cercarbono-projects", ISSUANCE, 890, "38619609", 41),
    ("climate-action-reserve/issuances.csv", "car-issuances", ISSUANCE, 100, "10275056", 94),
    ("climate-action-reserve/retirements.csv", "car-retirements", RETIREMENT, 100, "1506818", 40),
    (
        "climate-action-reserve/cancellations.csv",
        "car-cancellations",
        RETIREMENT,
        50,
        "4406143",
        38,
    ),
    ("climate-action-reserve/projects.csv", "car-projects", PROJECT, 50, "4524029", 50),
    ("gold-standard/issuances.csv", "gold-standard-issuances", ISSUANCE, 100, "5380873", 54),
    ("gold-standard/retirements.csv", "gold-standard-retirements", RETIREMENT, 100, "1968759", 34),
    ("isometric/issuances.csv", "isometric-issuances", ISSUANCE, 100, "85162.16", 16),
    ("isometric/retirements.csv", "isometric-retirements", RETIREMENT, 100, "14366.11", 9),
    ("isometric/projects.csv", "isometric-projects", PROJECT, 50, "86429.78", 50),
    ("verra/transactions.csv", "verra-transactions", ISSUANCE, 200, "4029227", 56),
    ("verra/transactions.csv", "verra-transactions", RETIREMENT, 100, "137546", 18),
    ("arb/nc-arboc_issuance_sheet3.csv", "arb-issuances", ISSUANCE, 98, "8069970", 38),
]
ESTIMATES = [
    ("gold-standard/projects.csv", "gold-standard-projects", 50, "3188202"),
    ("verra/projects.csv", "verra-projects", 50, "10900944"),
    ("../verra-projects-2023/allprojects.csv", "verra-projects", 3867, "2144873611"),
]


@pytest.mark.parametrize(
    ("path", "format", "kind", "records", "total", "projects"),
    EXPORTS,
    ids=[f"{path}-{kind.value}" for path, _, kind, *_ in EXPORTS],
)
def test_every_row_is_taken_and_the_sums_are_those_counted_otherwise(
    path: str, format: str, kind: IngestedKind, records: int, total: str, projects: int
) -> None:
    read = read_file(DATA / "offsets-db-data" / path, format)

    name = "creditsIssued" if kind is PROJECT else "quantity"
    assert (len(read.of(kind)), read.projects(kind)) == (records, projects)
    assert read.sum(kind, name) == Decimal(total)
    # Two rows of California's table have no credits, and are told; all others have no fault.
    assert read.rules == ([IssueRule.NO_RECORD] * 2 if format == "arb-issuances" else [])


@pytest.mark.parametrize(("path", "format", "records", "total"), ESTIMATES)
def test_projects_are_taken_with_their_estimates(
    path: str, format: str, records: int, total: str
) -> None:
    read = read_file(DATA / "offsets-db-data" / path, format)

    assert (read.projects(PROJECT), read.sum(PROJECT, "estimatedAnnual")) == (
        records,
        Decimal(total),
    )
    assert read.issues == []
