"""A file with its issues in it: read again by stock tools, and no formula in it whatever was sent."""

import csv
import zipfile
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook

from activities.ports.ingestion import DetectedFile
from adapters.ingestion.annotated import (
    ISSUES_COLUMN,
    Place,
    annotate_workbook,
    annotated_text,
    by_place,
)
from adapters.ingestion.files import ReadableFiles
from domain.ingestion.chunks import chunked
from domain.ingestion.formats import FileKind, own_format
from domain.ingestion.issues import Issue, IssueRule, Severity
from domain.ingestion.model import IngestedKind

FORMAT = own_format(IngestedKind.ISSUANCE)
HEAD = ["registry", "projectId", "quantity", "label"]
LINK = '=HYPERLINK("http://evil.example";"Click")'
ROWS = [["example", "EX1", "-5", LINK], ["example", "EX2", "five", "+SUM(1)"]]
ISSUES = by_place(
    [
        Issue(IssueRule.RANGE, Severity.ERROR, "=1+1 is no advice.", line=2, column="quantity"),
        Issue(
            IssueRule.NUMBER,
            Severity.ERROR,
            "Digits.",
            line=3,
            column="quantity",
            count=2,
            more_lines=(4,),
        ),
    ]
)


def test_text_has_one_column_more_and_is_read_again(tmp_path: Path) -> None:
    source = tmp_path / "source.csv"
    with source.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows([["A title"], HEAD, *ROWS])
    shifted = {(sheet, line + 1): found for (sheet, line), found in ISSUES.items()}

    written = "".join(annotated_text(DetectedFile(source, FileKind.DELIMITED), FORMAT, shifted))

    title, head, first, second = csv.reader(written.splitlines(), delimiter=";")
    assert title == ["A title", ""]
    assert head == [*HEAD, ISSUES_COLUMN]
    assert first == ["example", "EX1", "-5", f"'{LINK}", "error, quantity: =1+1 is no advice."]
    assert second[3:] == ["'+SUM(1)", "error, quantity: Digits. (2 lines have it)"]
    again = tmp_path / "again.csv"
    again.write_text(written)
    (chunk,) = chunked(
        ReadableFiles().rows(DetectedFile(again, FileKind.DELIMITED), FORMAT), FORMAT
    )
    assert chunk.rows == 2


def test_a_workbook_has_marks_and_comments_and_no_formula(tmp_path: Path) -> None:
    source, target = tmp_path / "source.xlsx", tmp_path / "target.xlsx"
    with xlsxwriter.Workbook(str(source), {"strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet("Issued")
        for number, row in enumerate([HEAD, *ROWS]):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell)
        sheet.write_formula(1, 2, "=2-7", None, -5)
    issues: dict[Place, list[Issue]] = {
        ("Issued", line): found for (_, line), found in ISSUES.items()
    }

    annotate_workbook(source, FORMAT, issues, target)

    head, first, second = (
        CalamineWorkbook.from_path(str(target)).get_sheet_by_name("Issued").to_python()
    )
    assert head == [*HEAD, ISSUES_COLUMN]
    assert first[:4] == ["example", "EX1", -5, LINK]
    assert str(second[4]).startswith("error, quantity: Digits.")
    with zipfile.ZipFile(target) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet_xml = parts["xl/worksheets/sheet1.xml"]
    assert [tag for tag in (b"<f>", b"<f ", b"hyperlink") if tag in sheet_xml] == []
    assert b"is no advice" in parts["xl/comments1.xml"]
