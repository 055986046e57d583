#!/usr/bin/env bash
# PyPI openpyxl 3.1.5.
# Expected: a moment written and read again is the same, or a little earlier: a cell holds days as a
# binary fraction, so digits beyond milliseconds may be lost.
# Happens: it is rounded up. The usual last moment of a period, 23:59:59.999999 on 31 December, comes back
# as midnight of 1 January: another day, month, year, and so another vintage.
# Met by: whoever keeps monitoring periods with such ends in a workbook and loads it with Python.
# We: end periods with a date, not a moment; a vintage is a year of its own and is not worked out from one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile openpyxl==3.1.5
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from datetime import datetime
import openpyxl

end = datetime(2024, 12, 31, 23, 59, 59, 999_999)
book = openpyxl.Workbook()
book.active["A1"] = end
book.save("periods.xlsx")
read = openpyxl.load_workbook("periods.xlsx").active["A1"].value
print(end, "is read again as", read)
assert read == datetime(2025, 1, 1)
PYTHON
