#!/usr/bin/env bash
# PyPI polars 2.1.0, beside duckdb 2.0.1 and pyarrow 26.0.1.
# Expected: a decimal times a decimal has the digits of both, as SQL has it (scales are added): 0.05 t times a share
# of 0.15 is 0.0075 t, and a cent of a tonne is decided by whoever rounds afterwards.
# Happens: polars keeps the larger of the two scales and rounds each product to it. A hundred retirements of
# 0.03 t with a buffer of 0.15 each give 0.00 t, not 0.45 t; inside polars' own SQL the digits are kept.
# Met by: whoever works out buffers, fees or shares of small quantities from our published files.
# We: multiply in Python's Decimal, which keeps all digits, and round once, where the methodology says.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from decimal import Decimal
import duckdb
import polars
import pyarrow
import pyarrow.compute

quantity = polars.Series("quantity", [Decimal("0.03")] * 100, dtype=polars.Decimal(14, 2))
share = polars.Series("share", [Decimal("0.15")] * 100, dtype=polars.Decimal(3, 2))
retired = polars.DataFrame([quantity, share])
by_polars = retired.select(polars.col("quantity") * polars.col("share")).to_series()
by_duckdb = duckdb.sql("SELECT sum(quantity::DECIMAL(14,2) * share::DECIMAL(3,2)) FROM retired").fetchall()[0][0]
by_arrow = pyarrow.compute.sum(pyarrow.compute.multiply(
    pyarrow.array(quantity.to_list(), pyarrow.decimal128(14, 2)),
    pyarrow.array(share.to_list(), pyarrow.decimal128(3, 2)),
)).as_py()
print("polars", by_polars.sum(), "of", by_polars.dtype, "  duckdb", by_duckdb, "  pyarrow", by_arrow)
assert by_polars.sum() == 0 and by_duckdb == by_arrow == Decimal("0.4500")
PYTHON
