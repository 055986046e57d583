#!/usr/bin/env bash
# PyPI marshmallow 4.4.0.
# Expected: "321_14", a part of a serial of Cercarbono, is no integer and no decimal in a JSON body: neither JSON nor
# anybody's spreadsheet writes numbers so. It is refused, as "321-14" and "321 14" are.
# Happens: Integer and Decimal read it as 32114; a quantity that was typed as "1_5" (for 1.5) is 15. Only
# Integer(strict=True) refuses, and that refuses "32114" too.
# Met by: whoever takes serial ranges or tonnes by an API that is built on it.
# We: a quantity is digits with at most one point and two decimals, and anything else is an error at its field.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile marshmallow==4.4.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from decimal import Decimal

from marshmallow import Schema, ValidationError, fields


class Range(Schema):
    first = fields.Integer()
    quantity = fields.Decimal()


read = Range().load({"first": "321_14", "quantity": "1_5"})
print(read)
assert read == {"first": 32114, "quantity": Decimal(15)}
for other in ("321-14", "321 14"):
    try:
        Range().load({"first": other})
    except ValidationError as refused:
        print(other, "is refused:", refused.messages["first"])
    else:
        raise AssertionError(other)
PYTHON
