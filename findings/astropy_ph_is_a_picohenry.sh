#!/usr/bin/env bash
# PyPI astropy 8.0.2.
# Expected: "pH", the unit in the headers of ocean alkalinity data, is refused (as "psu", "ppm" and "degC" are), or is
# a measure of acidity without dimension.
# Happens: it is a picohenry, an inductance: 8.1 pH is accepted, and converts to farads and seconds.
# Met by: whoever checks that the units of a carbonate chemistry file are known ones by parsing them.
# We: a pH keeps its scale (pH_T, pH_F, pH_NBS) and is no unit that anything is converted to.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile astropy==8.0.2
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from astropy import units

acidity = 8.1 * units.Unit("pH")
print("8.1 pH is", acidity.to("henry"), acidity.unit.physical_type)
assert acidity.unit.is_equivalent(units.henry)
for refused in ("psu", "ppm", "degC"):
    try:
        units.Unit(refused)
    except ValueError:
        continue
    raise AssertionError(refused)
PYTHON
