#!/usr/bin/env bash
# PyPI frictionless 5.21.0.
# Expected: a date field with the format "any" of the Table Schema reads a column of dates in one way, or refuses it.
# Happens: each cell is guessed by itself, month first where it can be: in one column of a European laboratory
# 12/04/2024 is the 4th of December and 13/04/2024 the 13th of April. A bare "5" is the 5th of the month in which
# the check is run, so the same file has other dates next month. All of them are valid.
# Met by: whoever publishes a Table Schema with "any" so that senders may write dates as they are used to.
# We: our Table Schemas leave the format at its default, ISO 8601, which refuses all three. We had "any".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile frictionless==5.21.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from datetime import date

from frictionless import Resource, Schema

schema = Schema.from_descriptor({"fields": [{"name": "day", "type": "date", "format": "any"}]})
resource = Resource(data=[["day"], ["12/04/2024"], ["13/04/2024"], ["5"]], schema=schema)
assert resource.validate().valid
read = [row["day"] for row in resource.read_rows()]
print("12/04/2024, 13/04/2024 and 5 are valid, and read as", *map(str, read))
assert read[:2] == [date(2024, 12, 4), date(2024, 4, 13)], read
assert read[2].day == 5 and abs((read[2] - date.today()).days) < 32, read
PYTHON
