#!/usr/bin/env bash
# PyPI agate 1.14.2 (the tables of csvkit).
# Expected: "5%" is 0.05, or no number. "1.234,5", as half of Europe writes 1234.5, is that or no number in a table
# that was told of no other locale.
# Happens: both are numbers without a word: 5 (the sign is thrown away) and 1.2345 (every comma is). A column of such
# values is guessed to be a column of numbers.
# Met by: whoever looks at shares, leakage or uncertainties of projects with csvstat or csvsql.
# We: a style of numbers is declared for a format; a comma or per cent sign outside of it is an issue with its line.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile agate==1.14.2
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import io

import agate

table = agate.Table.from_csv(io.StringIO('buffer_share,tonnes\n5%,"1.234,5"\n20%,"2.000,0"\n'))
kinds = [type(kind).__name__ for kind in table.column_types]
rows = [[str(value) for value in row.values()] for row in table.rows]
print(kinds, rows)
assert kinds == ["Number", "Number"]
assert rows == [["5", "1.2345"], ["20", "2.0000"]]
PYTHON
