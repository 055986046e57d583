#!/usr/bin/env bash
# PyPI Pint 0.25.3.
# Expected: t is the tonne and takes SI prefixes: 1 t is 1,000 kg, 1 Mt a million of these, so 1 kt is 1,000.
# Happens: kt is the knot. 1 kt cannot be turned into kilograms (where a speed does as well, nothing is
# raised), and 1 kton is counted in American short tons, 907 t. The unit packages of climate modelling
# (iam-units, openscm-units) set kt right, and keep the short ton.
# Met by: whoever computes with inventories: national reports are in kt CO2e throughout.
# We: one unit, the tonne of CO2e with two decimals, in Decimal; no unit is read from text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile Pint==0.25.3
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import pint

units = pint.UnitRegistry()
print("1 t   =", units("1 t").to("kg"))
print("1 Mt  =", units("1 Mt").to("kg"))
print("1 kt  =", units("1 kt").to("m/s"))
print("1 kton=", units("1 kton").to("t"))
assert units("1 t").to("kg").magnitude == 1000 and round(units("1 Mt").to("t").magnitude) == 1_000_000
assert units("1 kt").units == units.knot
assert round(units("1 kton").to("t").magnitude, 2) == 907.18
PYTHON
