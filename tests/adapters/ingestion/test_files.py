"""What a file is, by its content: read when it is a table, and refused with a sentence when it is none."""

import codecs
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.ingestion.issues import IssueRule
from domain.ingestion.model import MODEL, IngestedKind
from domain.ingestion.submissions import UnreadableFile
from tests.adapters.ingestion.reading import read_bytes

HEAD = "registry,projectId,quantity,issuedOn"
ROW = "example,EX1,1500.5,2024-03-01"
TABLE = f"{HEAD}\n{ROW}\n"
TAKEN = {"registry": "example", "projectId": "EX1", "quantity": "1500.5", "issuedOn": "2024-03-01"}


@dataclass(frozen=True)
class Formula:
    """`value` as the spreadsheet program kept it, of the type `n`, `str` or `e`; None: never calculated."""

    text: str
    value: str | None
    type: str = "n"


def _xml(cell: object) -> str:
    if isinstance(cell, Formula):
        value = "" if cell.value is None else f"<v>{cell.value}</v>"
        return f'<c t="{cell.type}"><f>{cell.text}</f>{value}</c>'
    if isinstance(cell, int | float):
        return f"<c t='n'><v>{cell}</v></c>"
    return f"<c t='inlineStr'><is><t>{cell}</t></is></c>"


def workbook(rows: list[list[object]], *, stuffing: bytes = b"") -> bytes:
    """An .xlsx of one sheet, with what every reader needs of it and nothing else."""
    cells = "".join(
        f'<row r="{number}">' + "".join(_xml(cell) for cell in row) + "</row>"
        for number, row in enumerate(rows, start=1)
        if row
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packaged = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{packaged}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{packaged}/relationships"><Relationship Id="r"'
        f' Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packaged}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData>'
        "</worksheet>",
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        if stuffing:
            archive.writestr("xl/media/stuffing.bin", stuffing)
    return written.getvalue()


SHEET: list[list[object]] = [
    ["Issuances of 2024"],
    [],
    ["registry", "projectId", "quantity", "issuedOn"],
    ["example", "EX1", 1500.5, "2024-03-01"],
]
READ = {
    "comma": TABLE.encode(),
    "semicolon": TABLE.replace(",", ";").encode(),
    "tab, CRLF": TABLE.replace(",", "\t").replace("\n", "\r\n").encode(),
    "mark of UTF-8": codecs.BOM_UTF8 + TABLE.encode(),
    "UTF-16": TABLE.encode("utf-16"),
    "a title and an empty line first": f"Issuances, 2024\n\n{TABLE}".encode(),
    "columns that nobody asked for, one without a name": f"{HEAD},note,\n{ROW},x,\n".encode(),
    "other case and more spaces": TABLE.replace("issuedOn", " ISSUEDON ").encode(),
    "JSON": json.dumps([{**TAKEN, "quantity": 1500.5}]).encode(),
    "JSON with the list inside": json.dumps({"data": [TAKEN], "next": None}).encode(),
    "JSON lines": f"{json.dumps(TAKEN)}\n".encode(),
    "workbook with a title": workbook(SHEET),
}


@pytest.mark.parametrize("content", READ.values(), ids=READ.keys())
def test_a_table_is_read_however_it_is_written(content: bytes, tmp_path: Path) -> None:
    read = read_bytes(tmp_path, content, "issuances")

    assert [dict(record.values) for record in read.records] == [TAKEN]
    assert read.issues == []


def test_rows_of_a_workbook_keep_their_numbers(tmp_path: Path) -> None:
    assert [
        record.line for record in read_bytes(tmp_path, workbook(SHEET), "issuances").records
    ] == [4]


FORMULAS = {
    "a value": (Formula("1500+0.5", "1500.5"), [], "1500.5"),
    "an empty text": (Formula('IF(A1="","",1)', "", "str"), [IssueRule.REQUIRED], None),
    "an error": (Formula("1/0", "#DIV/0!", "e"), [IssueRule.FORMULA], "#DIV/0!"),
    "an error as text, as in a CSV": ("#N/A", [IssueRule.FORMULA], "#N/A"),
    "never calculated": (Formula("SUM(B2:B9)", None), [IssueRule.FORMULA], "=SUM(B2:B9)"),
}


@pytest.mark.parametrize(("cell", "rules", "found"), FORMULAS.values(), ids=FORMULAS.keys())
def test_what_a_formula_came_to_is_read_or_told(
    cell: object, rules: list[IssueRule], found: str | None, tmp_path: Path
) -> None:
    rows = [*SHEET[:3], ["example", "EX1", cell, "2024-03-01"]]
    read = read_bytes(tmp_path, workbook(rows), "issuances")

    assert [(issue.rule, issue.line, issue.column, issue.value) for issue in read.issues] == [
        (rule, 4, "quantity", found) for rule in rules
    ]
    assert [record.values["quantity"] for record in read.records] == [found] * (not rules)


def test_a_row_of_nothing_but_errors_is_told(tmp_path: Path) -> None:
    failed = Formula("1/0", "#DIV/0!", "e")
    read = read_bytes(tmp_path, workbook([*SHEET, [failed] * 4]), "issuances")

    assert {(issue.rule, issue.line) for issue in read.issues} == {(IssueRule.FORMULA, 5)}


REFUSED = {
    "empty": (b"", "The file is empty."),
    "header only": (f"{HEAD}\n".encode(), "The file has a header and no rows."),
    "image": (
        b"\x89PNG\r\n\x1a\n....",
        "This is a PNG image, whatever its name says. Send a table.",
    ),
    "encrypted workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "This workbook is encrypted, or of the old .xls kind. Save it as .xlsx without a password.",
    ),
    "half a workbook": (
        workbook(SHEET)[:400],
        "The file is broken off: its end is missing. Send it again.",
    ),
    "half a quoted value": (
        f'{HEAD}\n{ROW}\nexample,"EX'.encode(),
        (
            "The file is broken off: the value that begins in line 3 never ends. Send it again, or look"
            " for a quotation mark that is not doubled."
        ),
    ),
    "half of JSON": (b'[{"registry": "exam', "This is no JSON, or it is broken off"),
    "bytes": (b"\x01\x00\x02\x00\x03", "This is no text file and no workbook. Send a table."),
    "another format": (
        b"a,b\n1,2\n",
        (
            "No column of “Issuance of a registry, in the registry's own schema” is in this file. Is it of"
            " another format?"
        ),
    ),
    "a column is missing": (
        b"registry,quantity\nexample,5\n",
        "Columns are missing: “projectId”.",
    ),
    "one line of a megabyte": (
        b"registry," + b"x" * 1_100_000,
        "Line 1 is longer than 1,000,000 characters. Is this a table?",
    ),
    "ten thousand columns": (
        b",".join(b"c" for _ in range(10_000)),
        "Line 1 has 10000 columns; a table has 2000 at most.",
    ),
    "a workbook that unpacks to far more": (
        workbook(SHEET, stuffing=bytes(20_000_000)),
        "This workbook unpacks to far more than it says. It was not opened.",
    ),
    "deep JSON": (b"[" * 100_000, "This JSON is nested deeper than any table is."),
    "JSON of a number": (b"[1]", "Number 1 is no object: each row is one, with named values."),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_table_is_refused_with_a_sentence(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_bytes(tmp_path, content, "issuances")

    assert refused.value.detail.startswith(sentence)


TOA5 = """"TOA5","CR6Series","CR6","11604","CR6.Std","CPU:a.CR6","51056","Table1"
"TIMESTAMP","RECORD","BattV","SEVolt_1","SEVolt_2"
"TS","RN","Volts","mV","V"
"","","Smp","Smp","Smp"
"2023-08-04 08:51:00",1,12.5,689,"NAN"
"2023-08-04 08:54:00",2,12.5,690,0.7
"2023-08-04 08:54:00",2,12.5,690,0.7
"2023-08-04 08:53:00",3,12.5,691,0.7
"""


def test_a_logger_has_its_units_in_the_third_line_and_nan_is_missing(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, TOA5.encode(), "campbell-cr6-voltages")

    assert [(r.line, r.values["value"], r.values["unit"]) for r in read.records[:3]] == [
        (5, "689", "mV"),
        (6, "690", "mV"),
        (6, "0.7", "V"),
    ]
    # Pacific Standard Time is eight hours behind, summer and winter.
    assert read.records[0].values["time"] == "2023-08-04T16:51:00Z"
    assert [(issue.rule, issue.line) for issue in read.issues] == [
        (IssueRule.GAP, 6),
        (IssueRule.ORDER, 8),
    ]


STACKED = """KorEXO MEASUREMENT DATA FILE EXPORT,,,,
Date (MM/DD/YYYY),Time (HH:mm:ss),Cond µS/cm,Sal psu,pH
7/11/23,13:30:00,34591,28.22,7.82
Date (MM/DD/YYYY),Time (HH:mm:ss),ODO mg/L,Cond µS/cm,Sal psu,pH
07/11/2023,13:35:00,8.1,34592,28.23,7.83
"""


def test_a_second_export_in_one_file_is_read_by_its_own_header(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, STACKED.encode(), "exo-sonde")

    assert [(r.values["time"], r.values["value"]) for r in read.records] == [
        ("2023-07-11T20:30:00Z", "28.22"),
        ("2023-07-11T20:30:00Z", "34591"),
        ("2023-07-11T20:35:00Z", "28.23"),
        ("2023-07-11T20:35:00Z", "34592"),
    ]
    assert read.issues == []


def test_every_kind_of_our_model_has_a_format_of_its_own(tmp_path: Path) -> None:
    for kind in IngestedKind:
        names = [field.name for field in MODEL[kind].fields if field.required]
        with pytest.raises(UnreadableFile, match="a header and no rows"):
            read_bytes(tmp_path, ",".join(names).encode(), MODEL[kind].format_id)
