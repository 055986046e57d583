"""
How much of the product's code the tests run, with a floor (a pytest plugin: `-p tests.coverage`).

SlipCover counts lines by probes that it writes into the bytecode. Before Python 3.12 coverage.py has
to trace the whole interpreter: the tests of the domain took 25 seconds of processor time bare, 29
with probes, and 72 with coverage.py. What is counted are the processes that run tests; the API and
the worker that journeys start are left alone, since many of them end by SIGKILL.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import slipcover
from xdist.workermanage import WorkerController

Measured = dict[str, Any]
"""As coverage.py writes its JSON report: `files` by path, each with a `summary`; and a `summary`."""

FLOOR = 90.0
"""Per cent of the product's lines that the whole suite must run."""

# Without migrations/: each test's database comes from all of them, run in a process of their own.
_PRODUCT = ("activities", "adapters", "api", "domain", "tools", "workflows", "worker.py")
_NEVER = 2**31 - 1
_SENT = "coverage"
_FILES_LISTED = 10


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before the first conftest.py, because what is imported already has no probes."""
    early_config.pluginmanager.register(Coverage(early_config))


class Coverage:
    """Measures one process; under pytest-xdist the one that reports adds up the others."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        sources = [config.rootpath / source for source in _PRODUCT]
        # `config.workerinput` comes only later; xdist names its workers in the environment at once.
        self._is_reporting = "PYTEST_XDIST_WORKER" not in os.environ
        # Whole folders, so that files which no test imports count as well.
        folders = [str(source) for source in sources if source.is_dir()]
        # Probes are never taken out: that replaces functions while tests run, which now and then
        # stops them for half a second, more than Hypothesis allows one example.
        self._probes = slipcover.Slipcover(
            d_miss_threshold=_NEVER, source=folders if self._is_reporting else None
        )
        matcher = slipcover.FileMatcher(sources=sources)
        slipcover.ImportManager(self._probes, matcher).__enter__()
        self._elsewhere: list[Measured] = []
        self._lines: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController) -> None:
        sent = getattr(node, "workeroutput", {}).get(_SENT)
        if sent is not None:
            self._elsewhere.append(json.loads(sent))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        measured: Measured = self._probes.get_coverage()
        if not self._is_reporting:
            output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]
            output[_SENT] = json.dumps(measured)
            return
        for other in self._elsewhere:
            slipcover.merge_coverage(measured, other)
        self._lines = list(report(measured))
        if is_below(measured) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_sep("-", "coverage")
        for line in self._lines:
            terminalreporter.write_line(line)


def is_below(measured: Measured) -> bool:
    return bool(measured["summary"]["percent_covered"] < FLOOR)


def report(measured: Measured) -> Iterator[str]:
    """The share of lines that ran, and the files with most lines that did not."""
    summary = measured["summary"]
    verdict = "BELOW" if is_below(measured) else "above"
    yield (
        f"{summary['percent_covered']:.1f} % of {lines(summary)} lines ran,"
        f" {verdict} the floor of {FLOOR:g} %; most lines that did not:"
    )
    missing = {path: file["summary"]["missing_lines"] for path, file in measured["files"].items()}
    for path in sorted(missing, key=lambda path: (-missing[path], path))[:_FILES_LISTED]:
        if missing[path]:
            yield f"  {missing[path]:4} of {lines(measured['files'][path]['summary']):4}  {path}"


def lines(summary: dict[str, int]) -> int:
    return summary["covered_lines"] + summary["missing_lines"]
