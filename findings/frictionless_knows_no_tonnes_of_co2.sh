#!/usr/bin/env bash
# PyPI frictionless 5.21.0 (Table Schema of the Data Package standard).
# Expected: with 'bareNumber': false a number may stand between other characters, which the reader must
# strip ('95%', 'EUR 95' are the standard's examples), so '1000 tCO2e' is 1000.
# Happens: '1000 t' is read; '1000 tCO2e', the unit of this field, is an error: the 2 is in the way.
# Met by: whoever describes a registry's or a verifier's table with a Table Schema.
# We: keep the unit in the column's name and its description, never in the cell.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile frictionless==5.21.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from decimal import Decimal
from frictionless import Resource, Schema

def read(cell):
    with open("quantities.csv", "w") as table:
        table.write(f"quantity\n{cell}\n")
    fields = [{"name": "quantity", "type": "number", "bareNumber": False}]
    resource = Resource(path="quantities.csv", schema=Schema.from_descriptor({"fields": fields}))
    return resource.read_rows()[0]["quantity"], resource.validate().valid

tonnes, percent, carbon_dioxide = read("1000 t"), read("95%"), read("1000 tCO2e")
print("1000 t     ", tonnes)
print("95%        ", percent)
print("1000 tCO2e ", carbon_dioxide)
assert tonnes == (Decimal(1000), True)
assert percent == (Decimal(95), True)
assert carbon_dioxide == (None, False)
PYTHON
