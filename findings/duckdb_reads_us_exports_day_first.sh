#!/usr/bin/env bash
# PyPI duckdb 2.0.1.
# Expected: American Carbon Registry, ART and Climate Action Reserve export dates month first. An order
# that cannot be told from the file is left as text, or is the same for every file of one source.
# Happens: read_csv takes an undecided column day first, without a word; one date after the 12th of any
# month turns the whole column round. A fortnight's download and a month's download of the same registry
# give the same row two dates.
# Met by: whoever joins such an export with our open data in DuckDB.
# We: write only YYYY-MM-DD and RFC 3339. For others' files: read_csv(..., dateformat = '%m/%d/%Y').
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile duckdb==2.0.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import duckdb

def first_issued(*rows):
    with open("issued.csv", "w") as export:
        export.write("Project ID,Date Issued\n" + "".join(f"ACR{n},{day}\n" for n, day in enumerate(rows)))
    return duckdb.sql("SELECT \"Date Issued\" FROM read_csv('issued.csv')").fetchall()[0][0]

fortnight = first_issued("3/4/2024", "3/11/2024")
month = first_issued("3/4/2024", "3/11/2024", "3/25/2024")
print("3/4/2024 in a fortnight's file:", fortnight)
print("3/4/2024 in a month's file:    ", month)
assert str(fortnight) == "2024-04-03"
assert str(month) == "2024-03-04"
PYTHON
