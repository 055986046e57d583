#!/usr/bin/env bash
# PyPI cf-units 3.3.1 (UDUNITS, the units of CF and netCDF files).
# Expected: 't ha-1 a-1', tonnes per hectare and year, is a rate: 'a' is the year in the IPCC's guidelines, in UCUM
# and in Pint. 'g C m-2' is grams of carbon for each square metre, as products of vegetation write it.
# Happens: 'a' is the are, 100 m2, and the growth of a forest has the dimension of mass by area squared; 'C' is
# the coulomb. Nothing is raised until a conversion is asked for, and a unit is only read, not converted, by most.
# Met by: whoever writes biomass growth or carbon stocks to netCDF and lets CF tools check the attribute.
# We: a file's unit is one of a few we name, or an issue. Else: 'year-1', and the gas in the standard name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile cf-units==3.3.1 Pint==0.25.3
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import pint
from cf_units import Unit

for spelled in ("t ha-1 a-1", "t ha-1 year-1", "g C m-2"):
    print(f"{spelled:14}", Unit(spelled).definition)
print("Pint, 1 t/ha/a", pint.UnitRegistry()("1 t/ha/a").to("t/ha/year"))
assert Unit("a") == Unit("100 m2")
assert not Unit("t ha-1 a-1").is_convertible("kg m-2 s-1") and Unit("t ha-1 a-1").is_convertible("kg m-4")
assert Unit("t ha-1 year-1").is_convertible("kg m-2 s-1")
assert Unit("g C m-2").is_convertible("kg m-2 A s") and not Unit("g C m-2").is_convertible("kg m-2")
assert pint.UnitRegistry()("1 t/ha/a").to("t/ha/year").magnitude == 1
PYTHON
