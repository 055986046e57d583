"""Rows to records by a declared format: what a row says twice is compared, and each fault has its place."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.ingestion.chunks import CHUNK_ROWS, chunked
from domain.ingestion.formats import BadFormat, Format, read_format
from domain.ingestion.issues import Issue, IssueRule, Severity, grouped
from domain.ingestion.tables import Mapped, Row, TableReading
from domain.ingestion.values import Cell

PATTERN = r"EX-(?P<project>\d+)-(?P<vintage>\d{4})-(?P<first>\d+) to (?P<last>\d+)"


def declared(**changes: Any) -> Format:
    fields = {
        "registry": "example",
        "projectId": {"column": "Project"},
        "quantity": {"column": "Credits", "unit": "tCO2e"},
        "serials": {"column": "Serial"},
    }
    whole: dict[str, Any] = {
        "id": "example",
        "version": 1,
        "title": "Example",
        "records": [{"kind": "issuance", "fields": fields}],
        "serials": [{"pattern": PATTERN, "equals": {"Project": "P{project}"}}],
    }
    return read_format(whole | changes)


def mapped(cells: Sequence[Cell], format: Format | None = None) -> Mapped:
    reading = TableReading(format or declared())
    reading.take(Row(1, ["Project", "Credits", "Serial"]))
    found = reading.take(Row(2, cells))
    assert found is not None
    return found


SERIALS = [
    ("EX-7-2024-1 to 500", "500", []),
    ("EX-7-2024-1 to 500; EX-7-2024-501 to 510", "510", []),
    ("EX-7-2024-1 to 500", "50", [IssueRule.SERIAL_LENGTH]),
    ("EX-8-2024-1 to 500", "500", [IssueRule.SERIAL_CONTRADICTION]),
    ("1 to 5000", "5000", [IssueRule.SERIAL]),
    ("EX-7-2024-500 to 1", "500", [IssueRule.SERIAL]),
    ("1.23E+15", "500", [IssueRule.SERIAL_DAMAGED]),
    ("3-Jul-24", "500", [IssueRule.SERIAL_DAMAGED]),
    (1.23e15, "500", [IssueRule.SERIAL_DAMAGED]),
    ("", "500", []),
]


@pytest.mark.parametrize(("serial", "credits", "rules"), SERIALS)
def test_a_serial_is_read_by_its_grammar_and_compared_with_what_else_the_row_says(
    serial: Cell, credits: str, rules: list[IssueRule]
) -> None:
    found = mapped(["P7", credits, serial])

    assert [issue.rule for issue in found.issues] == rules
    assert len(found.records) == (0 if rules else 1)


def test_a_row_tells_all_its_faults_at_once_each_with_its_place() -> None:
    found = mapped([None, "1,500", "lost"])

    assert [(i.line, i.column, i.value, i.rule) for i in found.issues] == [
        (2, "Serial", "lost", IssueRule.SERIAL),
        (2, "Project", None, IssueRule.REQUIRED),
        (2, "Credits", "1,500", IssueRule.AMBIGUOUS_NUMBER),
    ]
    assert all(issue.advice.endswith(".") for issue in found.issues)


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        (["P7", "5"], IssueRule.ROW_WIDTH),
        (["P7", "5", "", "", "x"], IssueRule.ROW_WIDTH),
        (["P7", "-5", ""], IssueRule.RANGE),
        (["P7", "1e30", ""], IssueRule.RANGE),
    ],
)
def test_a_row_that_cannot_be_is_told(cells: list[str], rule: IssueRule) -> None:
    assert [issue.rule for issue in mapped(cells).issues] == [rule]


def test_parts_that_do_not_make_the_total_are_told_and_the_row_is_taken() -> None:
    fields = {
        "registry": "example",
        "projectId": {"column": "Project"},
        "quantity": {"column": "Credits", "unit": "tCO2e"},
    }
    format = declared(
        records=[{"kind": "issuance", "fields": fields}],
        sums=[{"total": "Credits", "parts": ["Serial"]}],
        serials=[],
    )

    found = mapped(["P7", "10", "9"], format)

    assert [(i.rule, i.severity) for i in found.issues] == [(IssueRule.SUM, Severity.WARNING)]
    assert len(found.records) == 1


def test_a_column_that_is_there_twice_is_no_guess() -> None:
    reading = TableReading(declared())

    found = reading.take(Row(1, ["Project", "Credits", "Serial", "Credits"]))

    assert found is not None
    assert [(i.rule, i.column) for i in found.issues] == [(IssueRule.AMBIGUOUS_COLUMN, "Credits")]


def test_a_column_that_is_wrong_throughout_is_told_once() -> None:
    rows = [Row(1, ["Project", "Credits", "Serial"])]
    rows += [Row(line, ["P7", "1,500", ""]) for line in range(2, 102)]
    rows += [Row(102, ["P7", "five", ""])]

    (chunk,) = chunked(rows, declared())

    assert [(i.rule, i.line, i.count, i.more_lines) for i in chunk.issues] == [
        (IssueRule.AMBIGUOUS_NUMBER, 2, 100, (3, 4, 5, 6)),
        (IssueRule.NUMBER, 102, 1, ()),
    ]


def test_few_faults_of_many_rows_stay_one_by_one() -> None:
    issues = [Issue(IssueRule.NUMBER, Severity.ERROR, "No.", line=line) for line in range(40)]

    assert grouped(issues, rows=1000) == issues


def test_a_file_is_cut_into_parts_that_are_always_the_same() -> None:
    rows = [Row(1, ["Project", "Credits", "Serial"])]
    rows += [Row(line, [f"P{line}", "5", ""]) for line in range(2, CHUNK_ROWS + 12)]

    parts = [(part.number, part.rows, len(part.records)) for part in chunked(rows, declared())]

    assert parts == [(0, CHUNK_ROWS, CHUNK_ROWS), (1, 10, 10)]


BAD = [
    ({"records": []}, "one record at least"),
    ({"colour": "red"}, "“colour” is not known"),
    ({"files": ["papyrus"]}, "papyrus"),
    ({"serials": [{"pattern": "("}]}, "the serial's pattern"),
    ({"serials": [{"pattern": "x", "equals": {"A": "{project}"}}]}, "no group “project”"),
    ({"records": [{"kind": "issuance", "fields": {"registry": "x"}}]}, "“quantity” is required"),
    ({"records": [{"kind": "issuance", "fields": {"shoes": "x"}}]}, "no field “shoes”"),
    (
        {"records": [{"kind": "issuance", "fields": {"quantity": {"column": "Credits"}}}]},
        "quantity needs a unit",
    ),
    (
        {
            "records": [
                {"kind": "issuance", "fields": {"quantity": {"column": "C", "unit": "shoe"}}}
            ]
        },
        "'shoe' is not known",
    ),
    (
        {
            "records": [
                {"kind": "issuance", "fields": {"issuedOn": {"column": "D", "zone": "Moon"}}}
            ]
        },
        "no zone 'Moon'",
    ),
]


@pytest.mark.parametrize(("changes", "sentence"), BAD)
def test_a_format_that_cannot_be_right_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadFormat, match=sentence):
        declared(**changes)
