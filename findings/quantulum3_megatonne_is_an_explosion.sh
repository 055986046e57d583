#!/usr/bin/env bash
# PyPI quantulum3 0.10.0 (beside inflect 7.6.0, num2words 0.5.6).
# Expected: a reader of quantities in sentences takes "Mt" for the SI's megatonne, a mass, and "t C" for tonnes of carbon,
# or leaves alone what it does not know. "500 t" is a tonne to it.
# Happens: 2 Mt is an energy, that of two million tonnes of TNT, and "3 t C ha-1 yr-1", the usual rate of a forest's
# growth, is three tonne-coulombs per hectare and year.
# Met by: whoever takes figures out of national inventories and project documents, which are written in these units.
# We: no quantity is read out of prose; a column's unit is declared by its format.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile quantulum3==0.10.0 inflect==7.6.0 num2words==0.5.6
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from quantulum3 import parser


def read(text: str) -> tuple[float, str, str]:
    (found,) = parser.parse(text)
    print(f"{text:28} -> {found.value} {found.unit.name}, {found.unit.entity.name}")
    return found.value, found.unit.name, found.unit.entity.name


assert read("500 t CO2") == (500, "tonne", "mass")
assert read("2 Mt CO2e per year")[1:] == ("megaton", "energy")
assert "coulomb" in read("3 t C ha-1 yr-1")[1]
PYTHON
