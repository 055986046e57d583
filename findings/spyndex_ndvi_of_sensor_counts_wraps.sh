#!/usr/bin/env bash
# PyPI spyndex 0.12.0 with numpy 2.4.6.
# Expected: the vegetation index of the catalogue (Awesome Spectral Indices) lies between -1 and 1, or numbers that
# it cannot be computed from are refused.
# Happens: bands in the type that Sentinel-2 and Landsat deliver, unsigned 16-bit counts, wrap where red is above near
# infrared: bare ground and water get an NDVI of 12.9, the greenest pixels of the scene. Forest is right.
# Met by: whoever shows loss of forest as a change of the index.
# We: read no imagery; a GeoTIFF is a document.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile spyndex==0.12.0 numpy==2.4.6
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import numpy
import spyndex

near_infrared = numpy.array([2000, 3000], dtype="uint16")
red = numpy.array([3000, 1000], dtype="uint16")
counts = spyndex.computeIndex("NDVI", {"N": near_infrared, "R": red}).round(4).tolist()
reflectance = spyndex.computeIndex("NDVI", {"N": near_infrared / 1e4, "R": red / 1e4}).round(4).tolist()
print("bare ground and forest, of counts:", counts, "of reflectance:", reflectance)
assert counts == [12.9072, 0.5]
assert reflectance == [-0.2, 0.5]
PYTHON
