#!/usr/bin/env bash
# PyPI shapely 2.2.0 (GEOS).
# Expected: a feature whose place is not known has "geometry": null: RFC 7946 (3.2) names it unlocated and
# makes the member null for it. A reader gives nothing, or an empty geometry, for such a feature.
# Happens: from_geojson raises a parse error about a null, also for the whole collection that holds one.
# With on_invalid='ignore' all is lost: the located features go with it.
# Met by: whoever loads a registry's projects as GeoJSON; some have no coordinates yet.
# We: answer plain JSON with coordinates or none. Else: leave such features out before reading.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile shapely==2.2.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import json
import shapely

located = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [20, -30]}}
unlocated = {"type": "Feature", "properties": {}, "geometry": None}
collection = json.dumps({"type": "FeatureCollection", "features": [located, unlocated]})
try:
    shapely.from_geojson(collection)
except shapely.errors.GEOSException as refusal:
    print("refused:", str(refusal).strip())
else:
    raise AssertionError("the collection was read")
kept = shapely.from_geojson(collection, on_invalid="ignore")
print("with on_invalid='ignore':", kept)
assert kept is None
PYTHON
