"""What Vegeta reports is read in milliseconds, and what it asks for is the mix that is written down."""

from collections import Counter
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from bench.public_mix import SHARES, Known, mix
from bench.vegeta import Report

AT = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 20_000


def test_a_report_is_read_in_milliseconds() -> None:
    told = {
        "latencies": {"50th": 1_500_000, "95th": 95_000_000, "99th": 2e8, "max": 3e9},
        "requests": 3,
        "throughput": 2.5,
        "success": 2 / 3,
        "status_codes": {"200": 2, "503": 1},
        "errors": None,
    }

    report = Report.of(told, generator_cores=0.25)

    assert (report.p50_ms, report.p95_ms, report.p99_ms, report.longest_ms) == (1.5, 95, 200, 3000)
    assert (report.codes, report.errors, report.generator_cores) == ({"200": 2, "503": 1}, [], 0.25)


def test_the_mix_has_its_shares_and_asks_for_few_things_often() -> None:
    ids = [UUID(int=number) for number in range(1_000)]
    known = Known([(id, AT) for id in ids], [(id, AT) for id in ids], ["KRB-2025-001-000001"])

    paths = mix(known, COUNT, Random(1))

    assert sum(SHARES.values()) == 100
    projects = [one for one in paths if one.startswith("/projects/")]
    share = SHARES["/projects/{project}"] / 100
    assert abs(len(projects) / COUNT - share) < share / 5
    most, times = Counter(projects).most_common(1)[0]
    assert most == f"/projects/{ids[0]}"
    assert 0.08 < times / len(projects) < 0.2
    assert len(set(projects)) > 500, "and most things seldom"
    assert not [one for one in paths if "{" in one]
