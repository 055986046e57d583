#!/usr/bin/env bash
# PyPI frictionless 5.21.0.
# Expected: an integer of the Table Schema is digits with an optional sign ("the lexical formatting follows that of
# integer in XMLSchema"), and a number that of decimal; anything else is an error of its cell.
# Happens: cells go to Python's int() and Decimal(), which take underscores between digits: the season "2023_24" in a
# column of vintages, or the plot "17_4" in a column of quantities, is valid, and is 202324 and 174.
# Met by: whoever checks forestry or crop data, where seasons and sub-plots are written so, with a schema and stock tools.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile frictionless==5.21.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from frictionless import Resource, Schema

fields = [{"name": "vintage", "type": "integer"}, {"name": "quantity", "type": "number"}]
schema = Schema.from_descriptor({"fields": fields})
resource = Resource(data=[["vintage", "quantity"], ["2023_24", "17_4"]], schema=schema)
assert resource.validate().valid
(row,) = resource.read_rows()
print("2023_24 and 17_4 are valid, and read as", row["vintage"], "and", row["quantity"])
assert (row["vintage"], str(row["quantity"])) == (202324, "174"), row
PYTHON
