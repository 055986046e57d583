#!/usr/bin/env bash
# PyPI pyproj 3.7.2 with shapely 2.2.0.
# Expected: RFC 7946 (3.1.6) asks readers not to refuse rings that turn the wrong way, and shapely, whose
# geometries the method takes, subtracts a hole whichever way it turns.
# Happens: geometry_area_perimeter signs each ring by its direction. A hole that turns as its outer ring
# does is added, and a project of two equal parts that turn differently has an area of nought.
# Met by: whoever works out hectares from a project's boundary; KML and shapefiles come either way round.
# We: work out no area from boundaries. Else: shapely's orient() first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pyproj==3.7.2 shapely==2.2.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import pyproj
from shapely.geometry import MultiPolygon, Polygon, box

earth = pyproj.Geod(ellps="WGS84")
def hectares(geometry):
    return round(earth.geometry_area_perimeter(geometry)[0] / 10_000)

outer, hole = box(20, -30, 21, -29), box(20.2, -29.8, 20.8, -29.2)
same_way = Polygon(outer.exterior.coords, [hole.exterior.coords])
one_each_way = MultiPolygon([outer, Polygon(list(box(22, -30, 23, -29).exterior.coords)[::-1])])
whole, with_hole, two = hectares(outer), hectares(same_way), hectares(one_each_way)
print("whole:", whole, "  with a hole:", with_hole, "  two parts:", two)
print("shapely, in square degrees:", outer.area, round(same_way.area, 2), one_each_way.area)
assert abs(with_hole) > abs(whole) and two == 0
assert same_way.area < outer.area and one_each_way.area == 2
PYTHON
