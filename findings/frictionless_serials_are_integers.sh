#!/usr/bin/env bash
# PyPI frictionless 5.21.0.
# Expected: a column of serials as Cercarbono writes their parts (321_14, 322_14) is text. Table Schema's integer is
# an optional sign and digits; no character but `groupChar`, where one is declared, stands between them.
# Happens: the column is described as integers, 321_14 is read as 32114, and the table is valid: each underscore is gone.
# Met by: whoever describes a registry's export, and then finds no serial of it any more, or another one.
# We: a serial is read by its registry's own grammar; a number is digits, and an underscore in it is an issue with its line.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile frictionless==5.21.0
cd "$folder"
printf 'project,serial,quantity\n1,321_14,62740\n1,322_14,1283\n2,321_15,226\n' > issuances.csv
bin/python -W ignore - <<'PYTHON'
from frictionless import Resource, Schema, describe, validate

schema = describe("issuances.csv").schema
kinds = {field.name: field.type for field in schema.fields}
read = [row["serial"] for row in Resource("issuances.csv").read_rows()]
declared = Schema.from_descriptor(
    {"fields": [{"name": name, "type": "integer"} for name in ("project", "serial", "quantity")]}
)
valid = validate(Resource("issuances.csv", schema=declared)).valid
print(kinds, read, "valid as integers:", valid)
assert kinds["serial"] == "integer"
assert read == [32114, 32214, 32115]
assert valid
PYTHON
