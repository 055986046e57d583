#!/usr/bin/env bash
# PyPI pyshp 3.1.6.
# Expected: a number that does not fit its dBASE field is refused. The writer has strict=True for values
# that would not be read back as given.
# Happens: the last digits are cut off, also with strict=True: 12,345,678,901 in a field of nine digits
# is 123,456,789, a plausible quantity.
# Met by: whoever hands a map of projects with their tonnes or kilograms to a GIS.
# We: publish CSV and JSONL, whose numbers have no width. Else: size 18 and read back after writing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pyshp==3.1.6
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import shapefile

with shapefile.Writer("projects", strict=True) as projects:
    projects.field("kg", "N", size=9, decimal=0)
    projects.null()
    projects.record(12_345_678_901)
with shapefile.Reader("projects") as projects:
    read = projects.record(0)["kg"]
print("12345678901 is read as", read)
assert read == 123_456_789
PYTHON
