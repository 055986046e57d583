#!/usr/bin/env bash
# PyPI polars 2.1.0 and duckdb 2.0.1.
# Expected: casting an exact decimal to fewer places rounds a half as SQL engines do, away from zero
# (PostgreSQL's numeric, DuckDB's DECIMAL); both read the same Parquet file.
# Happens: Polars rounds halves to even: 2.0025 becomes 2.002 there and 2.003 in DuckDB. Twenty thousand lots of
# half a kilogram (0.0005 t) are 20 tonnes in DuckDB and none in Polars, where ten is right.
# Met by: whoever brings kilograms to a registry's places in the one and checks the sum in the other.
# We: refuse a quantity with more than two decimals and never round one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile polars==2.1.0 duckdb==2.0.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from decimal import Decimal
import duckdb
import polars

halves = ["0.0005", "2.0025", "2.0035"]
even = polars.Series([Decimal(half) for half in halves]).cast(polars.Decimal(9, 3)).to_list()
away = [duckdb.sql(f"SELECT ({half}::DECIMAL(9,4))::DECIMAL(9,3)").fetchall()[0][0] for half in halves]
print("Polars:", *even, "  DuckDB:", *away)
assert [str(number) for number in even] == ["0.000", "2.002", "2.004"]
assert [str(number) for number in away] == ["0.001", "2.003", "2.004"]
PYTHON
