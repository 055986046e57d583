#!/usr/bin/env bash
# PyPI aniso8601 10.0.1.
# Expected: ISO 8601 writes the end of a day as 24:00:00, the same instant as 00:00:00 of the next day
# (RFC 3339 leaves the form out). A reader gives that instant or refuses it.
# Happens: the date is kept and the time becomes 00:00:00: the moment is a whole day too early, and a
# period that ends with the year ends a day before.
# Met by: whoever reads crediting or monitoring periods from partners' systems.
# We: take RFC 3339 only, in which 24:00:00 is an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile aniso8601==10.0.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import aniso8601

end = aniso8601.parse_datetime("2024-12-31T24:00:00Z")
print("2024-12-31T24:00:00Z is read as", end.isoformat())
assert end.isoformat() == "2024-12-31T00:00:00+00:00"
PYTHON
