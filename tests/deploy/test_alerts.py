"""The alerts: each has a story in which it fires, a runbook, and metrics that somebody serves."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
STORIES = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
SERVED_BY_LIBRARIES = ("temporal_", "process_", "up")


def metrics_in(expression: str) -> set[str]:
    """The names of metrics that a PromQL expression asks for."""
    without_labels = re.sub(r"\{[^}]*\}|\([a-z_, ]+\) ?(?=\()|(by|on) ?\([^)]*\)", " ", expression)
    names = set(re.findall(r"\b(?:temporal|registry|http|db|process)_\w+|\bup\b", without_labels))
    return {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in names}


def served() -> set[str]:
    """The names in the sources, as they are given to a meter or to Prometheus' client."""
    sources = [*(ROOT / "activities").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")]
    sources.append(ROOT / "tools" / "backup.py")
    found = re.findall(
        r'"((?:registry|http|db)_\w+)"', "\n".join(path.read_text() for path in sources)
    )
    return {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in found}


def test_every_alert_has_a_story_in_which_it_fires() -> None:
    fired = {
        name
        for story in STORIES
        for asked in story["promql_expr_test"]
        for sample in asked["exp_samples"]
        for name in re.findall(r'alertname="(\w+)"', sample["labels"])
    }

    assert len(ALERTS) > 10
    assert ALERTS.keys() == fired


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_names_a_runbook_that_exists(name: str) -> None:
    page, _, anchor = ALERTS[name]["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.*)$", (ROOT / page).read_text(), re.MULTILINE)

    anchors = [re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings]

    assert anchor in anchors


def test_what_alerts_and_dashboards_ask_for_is_served() -> None:
    panels = [panel for path in DASHBOARDS for panel in yaml.safe_load(path.read_text())["panels"]]
    asked = [rule["expr"] for rule in RULES]
    asked += [target["expr"] for panel in panels for target in panel.get("targets", [])]

    names = {name for expression in asked for name in metrics_in(expression)}

    assert len(names) > 10
    ours = {name for name in names if not name.startswith(SERVED_BY_LIBRARIES)}
    assert (
        ours - served() - {rule["record"].split(":")[0] for rule in RULES if "record" in rule}
        == set()
    )


def test_dashboards_have_names_of_their_own_and_panels_do_not_cover_each_other() -> None:
    boards = [yaml.safe_load(path.read_text()) for path in DASHBOARDS]

    assert len(boards) > 5
    for name in ("uid", "title"):
        assert len({board[name] for board in boards}) == len(boards)
    for board in boards:
        places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
        assert len(set(places)) == len({panel["id"] for panel in board["panels"]}) == len(places)


@pytest.mark.proof
def test_the_stories_come_true() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing (Debian's package prometheus has it)")

    said = subprocess.run(
        [promtool, "test", "rules", str(FOLDER / "alerts_test.yml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (said.returncode, said.stderr) == (0, "")
