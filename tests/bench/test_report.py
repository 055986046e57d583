"""What people read of a run."""

from bench.measurement import Section, Spread
from bench.report import section_markdown


def test_a_spread_shows_the_median_between_the_least_and_the_most() -> None:
    assert Spread.of([3.0, 1234.5, 2.0]).text(1) == "3.0 (2.0 to 1,234.5)"


def test_one_round_alone_has_no_spread() -> None:
    assert Spread.of([4.2]).text(1) == "4.2"


def test_a_section_is_a_heading_a_table_remarks_and_its_method() -> None:
    section = Section(
        title="Public list",
        method="""
        Two connections.

        One round.
        """,
        columns=["", "calls/s", "p95 ms"],
        rows=[["registry", "10", "20"], ["share", "0.5"]],
        remarks=["All were answered."],
    )

    assert section_markdown(section) == (
        "## Public list\n\n"
        "|  | calls/s | p95 ms |\n"
        "| --- | ---: | ---: |\n"
        "| registry | 10 | 20 |\n"
        "| share | 0.5 |  |\n\n"
        "All were answered.\n\n"
        "Two connections.\n\nOne round."
    )
