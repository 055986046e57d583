#!/usr/bin/env bash
# PyPI pycountry 26.2.16.
# Expected: search_fuzzy puts the best match first, and the exact name of a country is its best match:
# Niger is NE.
# Happens: Nigeria comes first. Kosovo, which ISO 3166-1
# has no code for, is Serbia. lookup() is exact and right for Niger.
# Met by: whoever maps the country names of registries' exports to codes and takes the first result.
# We: take codes only, with XKX for Kosovo, and use pycountry for names of codes, not for guesses.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pycountry==26.2.16
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import pycountry

first = {name: pycountry.countries.search_fuzzy(name)[0].alpha_2 for name in ("Niger", "Nigeria", "Kosovo")}
print(first, "; exact:", pycountry.countries.lookup("Niger").alpha_2)
assert first == {"Niger": "NG", "Nigeria": "NG", "Kosovo": "RS"}
assert pycountry.countries.lookup("Niger").alpha_2 == "NE"
PYTHON
