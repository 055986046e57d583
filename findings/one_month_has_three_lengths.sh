#!/usr/bin/env bash
# PyPI isodate 0.7.2 and aniso8601 10.0.1, npm iso8601-duration 2.1.4.
# Expected: ISO 8601 leaves open where a month after 31 January ends; libraries of one format would still agree
# on the calendar month, as PostgreSQL and java.time do: the last day of February.
# Happens: three answers: 29 February (isodate), 1 March (aniso8601, for which a month has 30 days and a year
# 365), 2 March (iso8601-duration, which lets the day run over).
# Met by: crediting and monitoring periods given as a start and a duration, when a client in one language
# checks a server in another.
# We: give both days of a period, and no durations.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile isodate==0.7.2 aniso8601==10.0.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import datetime
import subprocess
import aniso8601
import isodate

start = datetime.date(2024, 1, 31)
subprocess.run(
    ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "iso8601-duration@2.1.4"],
    check=True,
)
program = (
    "const {end, parse} = require('iso8601-duration');"
    "console.log(end(parse('P1M'), new Date('2024-01-31T00:00:00Z')).toISOString().slice(0, 10))"
)
ends = {
    "isodate": str(start + isodate.parse_duration("P1M")),
    "aniso8601": str(start + aniso8601.parse_duration("P1M")),
    "iso8601-duration": subprocess.run(
        ["node", "-e", program], check=True, capture_output=True, text=True
    ).stdout.strip(),
}
print(ends)
assert list(ends.values()) == ["2024-02-29", "2024-03-01", "2024-03-02"]
PYTHON
