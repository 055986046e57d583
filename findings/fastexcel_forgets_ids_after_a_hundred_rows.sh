#!/usr/bin/env bash
# PyPI polars 2.1.0 with fastexcel 0.21.0 (polars' way of reading Excel).
# Expected: a column that holds numbers and texts is text, as it is where both stand near the top (fastexcel calls
# this coercion), or the cell that does not fit is told, as polars' reader of CSV does.
# Happens: the type is guessed from the first 100 rows. Where ids are bare numbers for so long and 'VCS1234'
# afterwards, all of these are null, and their quantities belong to nobody. Nothing is raised.
# Met by: whoever reads a registry's export sorted by age: ids got a prefix, or sources were merged, later on.
# We: read cells as they stand, and a column that is of two kinds is an issue (docs/ingestion.md). Else:
# infer_schema_length=None.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile polars==2.1.0 fastexcel==0.21.0 XlsxWriter==3.3.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import polars
import xlsxwriter

def written(name, ids):
    book = xlsxwriter.Workbook(name)
    sheet = book.add_worksheet()
    sheet.write_column(0, 0, ["Project ID", *ids])
    sheet.write_column(0, 1, ["Quantity", *[10] * len(ids)])
    book.close()
    return name

def texts(name, **options):
    ids = polars.read_excel(name, **options)["Project ID"]
    return f"{ids.dtype}, of {len(ids)} ids {ids.null_count()} missing"

late = written("late.xlsx", [*range(1, 151), *(f"VCS{n}" for n in range(151, 201))])
early = written("early.xlsx", [*(f"VCS{n}" for n in range(151, 201)), *range(1, 151)])
seen = [texts(early), texts(late), texts(late, infer_schema_length=None)]
print("prefixed ids first:", seen[0], "\nprefixed ids last: ", seen[1], "\nall rows looked at:", seen[2])
assert seen[0] == seen[2] == "String, of 200 ids 0 missing"
assert seen[1] == "Int64, of 200 ids 50 missing"
PYTHON
