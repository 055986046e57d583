#!/usr/bin/env bash
# PyPI icu4py 1.2.0.
# Expected: CharacterBreaker(text, locale).segments() gives places in the text, so text[start:end] is the
# character, as the breaker's own iteration gives it.
# Happens: places are counted in UTF-16 units. From the first character beyond U+FFFF on, all slices are one
# off, and more with each further one.
# Met by: names of people and places in Japanese and Chinese: U+20BB7, a form of the first character of a
# common surname, is such a character, and is printed on certificates.
# We: iterate over the pieces and never slice by these places.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile icu4py==1.2.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from icu4py.breakers import CharacterBreaker

name = "\U00020bb7\u91ce\u5bb6"
pieces = list(CharacterBreaker(name, "ja"))
slices = [name[start:end] for start, end in CharacterBreaker(name, "ja").segments()]
print("iterated:", pieces, "  sliced:", slices)
assert pieces == list(name)
assert slices != pieces
PYTHON
