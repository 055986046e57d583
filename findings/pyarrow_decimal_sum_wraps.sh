#!/usr/bin/env bash
# PyPI pyarrow 26.0.1.
# Expected: the sum of exact decimals is exact or an error. pyarrow has add_checked beside add for wrapping
# integers, and decimal128(38, 3), its widest, refuses a single value that does not fit.
# Happens: sum() of three large values of that type is a negative number, without an error.
# Met by: whoever sums a Parquet column whose writer chose the widest type 'to be safe' and put
# large markers ('no limit' as all nines) among the quantities.
# We: publish quantities as decimal text, and sum with Python's Decimal or PostgreSQL's numeric.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pyarrow==26.0.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from decimal import Decimal
import pyarrow
import pyarrow.compute

widest = pyarrow.decimal128(38, 3)
largest = Decimal("99999999999999999999999999999999999.999")
three = pyarrow.compute.sum(pyarrow.array([largest] * 3, widest)).as_py()
print("3 x", largest, "=", three)
assert three == Decimal("-40282366920938463463374607431768211.459")
try:
    pyarrow.array([largest + 1], widest)
except pyarrow.ArrowInvalid as refusal:
    print("a single value too large:", refusal)
else:
    raise AssertionError("a value too large was taken")
PYTHON
