#!/usr/bin/env bash
# PyPI antimeridian 0.4.9, shapely 2.2.0.
# Expected: a boundary across the 180th meridian, cut in two, covers what it covered: RFC 7946 (3.1.1) says that a line
# between two positions is straight in longitude and latitude, and (3.1.9) how to cut it there.
# Happens: with its defaults the cut follows the great circle between the corners, while every other reader draws the
# halves straight: a rectangle from 10 to 20 degrees south is given corners at 10.15 and 20.28, and has other hectares.
# With great_circle=False the parts add up to the whole.
# Met by: whoever cuts boundaries of projects in Fiji, Tuvalu, New Zealand's islands or Chukotka to RFC 7946.
# We: a ring that crosses the meridian is refused with a sentence and cut by whoever sends it (domain/monitoring/boundaries.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile antimeridian==0.4.9 shapely==2.2.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import antimeridian
from shapely.geometry import Polygon

plot = Polygon([(170, -20), (-170, -20), (-170, -10), (170, -10)])
cut = {way: antimeridian.fix_polygon(plot, great_circle=way) for way in (True, False)}
assert antimeridian.fix_polygon(plot).equals(cut[True])
for way, parts in cut.items():
    ends = sorted({round(y, 2) for part in parts.geoms for x, y in part.exterior.coords if abs(x) == 180})
    print(f"great_circle={way!s:5} at the meridian from {ends[0]} to {ends[1]}, {parts.area:.2f} square degrees of 200")
assert round(cut[False].area, 6) == 200
assert round(cut[True].bounds[1], 2) == -20.28 and cut[True].area > 200.5
PYTHON
