#!/usr/bin/env bash
# PyPI country_converter 1.3.2 with pandas 3.1.1.
# Expected: they go together: the package asks for 'pandas>=1.0', and pip puts the two side by side.
# Happens: every conversion ends in a TypeError of the re module, 'Niger' as much as 'NE': pandas 3 reads the
# package's own table into its new text type, whose missing values are no text.
# Met by: whoever installs the converter afresh to map exports' country names (climate packages pull it in).
# We: use pycountry. Else: pandas below 3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile country_converter==1.3.2 pandas==3.1.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import country_converter

for country in ("Niger", "NE"):
    try:
        country_converter.convert(country, to="ISO3")
    except TypeError as failure:
        print(country, "->", failure)
    else:
        raise AssertionError("converted")
PYTHON
