#!/usr/bin/env bash
# PyPI scipp 26.8.0 (units by LLNL's units library).
# Expected: "yr" and "year" are two spellings of one unit.
# Happens: "yr" is 365 days and "year" 365.2425, and the two are converted into each other one to one in a rate: 10,000
# t/yr are 10,000 t/year, while ten of one are two days and a half longer than ten of the other.
# Met by: whoever turns a crediting period or an annual rate of removal into days and tonnes.
# We: years are calendar years with first and last day; no rate is converted by a unit of time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile scipp==26.8.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import scipp

days = {name: float(scipp.scalar(10.0, unit=name).to(unit="day").value) for name in ("yr", "year")}
rate = float(scipp.scalar(10_000.0, unit="t/yr").to(unit="t/year").value)
print("ten of each in days:", days, "and 10,000 t/yr are", rate, "t/year")
assert days == {"yr": 3650.0, "year": 3652.425}
assert rate == 10_000.0
PYTHON
