#!/usr/bin/env bash
# PyPI pyogrio 0.13.0 (GDAL, what geopandas reads with) and shapely 2.2.0 (GEOS).
# Expected: a KML placemark may hold a LinearRing by itself (OGC 12-007r2: it is a kml:AbstractGeometry);
# GDAL lists it, and shapely has a LinearRing.
# Happens: where the two meet, the ring's WKB is one GEOS cannot read: 'Unexpected EOF parsing WKB'. One such
# placemark makes the whole file unreadable for geopandas, the good parcels too.
# Met by: whoever opens boundaries from tools that export outlines as rings.
# We: keep the file as evidence, by digest, and read no boundary from it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pyogrio==0.13.0 shapely==2.2.0 numpy==2.4.6
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import pyogrio
import shapely

def parcels(*geometries):
    with open("parcels.kml", "w") as kml:
        marks = "".join(f"<Placemark><name>P</name>{one}</Placemark>" for one in geometries)
        kml.write(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>')
    return shapely.from_wkb(pyogrio.raw.read("parcels.kml")[2])

RING = "<LinearRing><coordinates>20,-30 21,-30 21,-29 20,-30</coordinates></LinearRing>"
POLYGON = f"<Polygon><outerBoundaryIs>{RING}</outerBoundaryIs></Polygon>"
print("a polygon:", parcels(POLYGON))
try:
    parcels(POLYGON, RING)
except shapely.errors.GEOSException as refusal:
    print("a polygon and a ring:", str(refusal).strip())
else:
    raise AssertionError("the ring was read")
PYTHON
