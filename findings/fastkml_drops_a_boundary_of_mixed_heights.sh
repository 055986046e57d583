#!/usr/bin/env bash
# PyPI fastkml 1.4.0.
# Expected: in KML each tuple is longitude, latitude and, at will, altitude (OGC 12-007r2, kml:coordinates),
# so a boundary may give a height at one corner alone. GDAL reads it, with 0 for the others.
# Happens: the placemark is there with its name, its geometry is None; nothing is raised or logged.
# Met by: whoever takes boundaries that were drawn by hand and completed from a survey.
# We: keep the file as evidence, by its digest, and read no boundary from it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile fastkml==1.4.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import fastkml

def geometry(coordinates):
    document = fastkml.KML.from_string(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Parcel</name><Polygon>'
        f"<outerBoundaryIs><LinearRing><coordinates>{coordinates}</coordinates></LinearRing>"
        "</outerBoundaryIs></Polygon></Placemark></Document></kml>"
    )
    placemark = document.features[0].features[0]
    return placemark.name, placemark.geometry and placemark.geometry.wkt

flat, mixed = geometry("20,-30 21,-30 21,-29 20,-30"), geometry("20,-30 21,-30,5 21,-29 20,-30")
print("no heights: ", flat)
print("one height: ", mixed)
assert flat[1].startswith("POLYGON") and mixed == ("Parcel", None)
PYTHON
