#!/usr/bin/env bash
# PyPI edtf 5.0.2.
# Expected: "2019-21", as crediting periods and financial years stand in project documents, is three years or an error.
# Happens: it is the spring of 2019, from 1 March to 31 May, on every continent: the standard (ISO 8601-2, EDTF level 1)
# writes a season where the month stands, 21 to 24, and "2019-20" is an error, so a list of periods fails at one and
# is silently a season at the next four.
# Met by: whoever hands vintages to a reader of ISO 8601-2's dates, which takes intervals of years (2019/2021) rightly.
# We: a vintage is one calendar year, a period two dates; another spelling is refused with its line.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile edtf==5.0.2
cd "$folder"
bin/python - <<'PYTHON'
from edtf import EDTFParseException, parse_edtf


def read(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    found = parse_edtf(text)
    ends = found.lower_strict()[:3], found.upper_strict()[:3]
    print(f"{text:10} -> {type(found).__name__}, {ends[0]} to {ends[1]}")
    return ends


assert read("2019/2021") == ((2019, 1, 1), (2021, 12, 31))
assert read("2019-21") == ((2019, 3, 1), (2019, 5, 31))
try:
    read("2019-20")
except EDTFParseException:
    print("2019-20    -> an error")
else:
    raise SystemExit("2019-20 is read now")
PYTHON
