#!/usr/bin/env bash
# PyPI frictionless 5.21.0.
# Expected: a field of the Table Schema with "bareNumber": false takes numbers with text around them ("12 t"). What is
# around a number is a unit or a currency; a sign belongs to the number.
# Happens: whatever is no digit and no "-" is cut off at both ends, so the two ways in which spreadsheets print a
# loss lose it: "(5)" of the accountants' formats, and the typographic minus U+2212, are both plus five. Valid, no error.
# Met by: whoever checks monitoring data or balances (a reversal, a net emission) with a schema and stock tools.
# We: our published Table Schemas never set bareNumber to false, and our reader takes U+2212 as a minus or refuses.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile frictionless==5.21.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from frictionless import Resource, Schema

schema = Schema.from_descriptor(
    {"fields": [{"name": "net", "type": "number", "bareNumber": False}]}
)
resource = Resource(data=[["net"], ["-5 t"], ["(5)"], ["−5 t"]], schema=schema)
assert resource.validate().valid
read = [str(row["net"]) for row in resource.read_rows()]
print("-5 t, (5) and U+2212 5 t are valid, and read as", read)
assert read == ["-5", "5", "5"], read
PYTHON
