#!/usr/bin/env bash
# PyPI geopy 2.5.0.
# Expected: a text that is no latitude and longitude is refused, as geopy's Point refuses a latitude of 95.
# Happens: with decimal commas, as half of Europe writes them, and a space between, the figures before the first comma and
# behind the last are passed over: Berlin (52,5 13,4) is a place in Niger, without an error. Degrees and minutes
# without signs (12 30 N 45 15 W) lose the minutes in the same way for one axis and the degrees for the other.
# Met by: whoever takes a project's place from a document or a form by Point(text).
# We: places are GeoJSON numbers; a comma in a coordinate of a file is an issue with its line (domain/ingestion).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile geopy==2.5.0
cd "$folder"
bin/python - <<'PYTHON'
from geopy.point import Point

read = {text: tuple(Point(text))[:2] for text in ("52.5 13.4", "52,5 13,4", "12 30 N 45 15 W")}
for text, place in read.items():
    print(f"{text:16} -> {place}")
assert read["52.5 13.4"] == (52.5, 13.4)
assert read["52,5 13,4"] == (13.0, 4.0)
assert read["12 30 N 45 15 W"] == (45.0, -15.0)
PYTHON
