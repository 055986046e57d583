#!/usr/bin/env bash
# PyPI pyproj 3.7.2 (PROJ 9.5.1), as pip installs it: without grids.
# Expected: with only_best=True an error where "the best transformation known to PROJ" cannot be used because its grid
# is missing (the manual of Transformer.from_crs).
# Happens: no error, no warning. From NAD27 to NAD83, for which a grid exact to 15 cm is known and is not
# installed, coordinates come back by way of WGS 84, stated to 11 m; only get_last_used_operation() tells, and only
# after the first point: transformer.accuracy is -1 before it.
# Met by: whoever brings old forest plots and boundaries of the United States to today's maps.
# We: ask after the first point of each place, and refuse the file above 5 m. Else: install the grids (proj-data).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pyproj==3.7.2 certifi==2026.10.18
cd "$folder"
bin/python - <<'PYTHON'
from pyproj import Transformer, proj_version_str
from pyproj.transformer import TransformerGroup

group = TransformerGroup("EPSG:4267", "EPSG:4269", always_xy=True)
missing = min(one.accuracy for one in group.unavailable_operations if one.accuracy >= 0)
transformer = Transformer.from_crs("EPSG:4267", "EPSG:4269", always_xy=True, only_best=True)
before = transformer.accuracy
transformer.transform(-100, 40)
used = transformer.get_last_used_operation()
print("PROJ", proj_version_str, "best available:", group.best_available, "- known, not installed:", missing, "m")
print("only_best takes", used.accuracy, "m:", used.description, "- said before:", before)
assert not group.best_available and missing < 1
assert used.accuracy > 5 and before == -1
PYTHON
