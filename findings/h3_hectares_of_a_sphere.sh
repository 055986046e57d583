#!/usr/bin/env bash
# PyPI h3 4.5.0 and npm @turf/area 7.4.0, beside PyPI pyproj 3.7.2.
# Expected: places in WGS 84 have hectares on WGS 84's ellipsoid, by which land registers and GIS count, and
# an area given to ten digits is right to some of them.
# Happens: both take the earth for a ball, and the same latitudes for those on it. At the equator a project is 0.45 %
# too large, at 60 degrees 0.56 % too small; right it is at 35 degrees only. With 100,000 ha of rainforest and 10 t by
# hectare and year, 4,500 t a year are not there.
# Met by: whoever sums cells, or draws a boundary in a browser, and multiplies by tonnes per hectare.
# We: work out no area from boundaries. Else: pyproj's Geod, on rings turned one way.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile h3==4.5.0 pyproj==3.7.2
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @turf/area@7.4.0
bin/python -W ignore - <<'PYTHON'
import json
import subprocess
import h3
import pyproj

earth = pyproj.Geod(ellps="WGS84")
def off(latitude):
    cell = h3.latlng_to_cell(latitude, 117, 8)
    ring = [[longitude, north] for north, longitude in h3.cell_to_boundary(cell)]
    ring.append(ring[0])
    true = earth.polygon_area_perimeter(*zip(*ring, strict=True))[0]
    script = "import {area} from '@turf/area'; console.log(area(JSON.parse(process.argv[1])))"
    polygon = json.dumps({"type": "Polygon", "coordinates": [ring]})
    by_turf = subprocess.run(["node", "--input-type=module", "-e", script, polygon], capture_output=True, check=True)
    return [round((area / true - 1) * 100, 2) for area in (h3.cell_area(cell, "m^2"), float(by_turf.stdout))]

for latitude in (0, 35, 60):
    print(f"latitude {latitude:2}: h3 {off(latitude)[0]:+} %, turf {off(latitude)[1]:+} %")
assert off(0) == [0.45, 0.45] and off(60) == [-0.56, -0.56] and abs(off(35)[0]) < 0.05
PYTHON
