"""What a run of the tests left out, told at its end: a green run says nothing about those."""

from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from typing import Any

import pytest
from xdist.workermanage import WorkerController

PROOF = "long proofs, run by `make prove`"
CONTAINERS = "containers, started by `make prove-containers`"
NOT_CHOSEN = "not chosen by the options of this run"
_SENT = "tests_not_run"


class NotRun:
    """
    Lists skipped and deselected tests by reason as the last thing of a run (a pytest plugin).

    Under pytest-xdist the processes that collect the tests send what they deselected to the one
    that reports.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._deselected: Counter[str] = Counter()

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for item in items:
            self._deselected[_why(item)] += 1

    def pytest_sessionfinish(self) -> None:
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_SENT] = dict(self._deselected)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController) -> None:
        # Each process collects all tests, so that all of them tell the same.
        self._deselected |= Counter(getattr(node, "workeroutput", {}).get(_SENT, {}))

    # Around pytest's own, which ends with the short summary: this comes below it.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> Generator[None, object, object]:
        result = yield
        lines = list(summary(terminalreporter.stats.get("skipped", []), self._deselected))
        if lines:
            terminalreporter.write_sep("!", "NOT RUN", red=True, bold=True)
        for line in lines:
            terminalreporter.write_line(line, red=True)
        return result


def _why(item: pytest.Item) -> str:
    if item.get_closest_marker("containers"):
        return CONTAINERS
    return PROOF if item.get_closest_marker("proof") else NOT_CHOSEN


def summary(
    skipped: Iterable[pytest.TestReport | pytest.CollectReport], deselected: Mapping[str, int]
) -> Iterable[str]:
    """One line for each reason with its number of tests, most first; skipped ones above."""
    reasons = Counter(_reason(report) for report in skipped)
    for reason, tests in (*reasons.most_common(), *Counter(deselected).most_common()):
        yield f"{tests} test{'' if tests == 1 else 's'}: {reason}"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    # pytest keeps where a test was skipped, at which line, and why.
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return why.removeprefix("Skipped: ")
