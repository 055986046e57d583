#!/usr/bin/env bash
# PyPI ioos-qc 3.0.0 (QARTOD, the quality control of ocean observations).
# Expected: QARTOD's flag 1 is for a value that has passed, 2 for one that was not evaluated, 9 for one that is not
# there. What is not there has passed nothing, so several tests together say 9 of it.
# Happens: the order is missing, not evaluated, good, suspect, fail. A pH that was not measured, at a place that
# was, is good in the aggregate; so is a value one of whose tests could not be carried out.
# Met by: whoever counts good readings of ocean alkalinity monitoring by the aggregate flag, as its
# standard name 'aggregate_quality_flag' invites to: gaps count as covered hours.
# We: tell silences of a series as gaps, from its moments alone (docs/ingestion.md, interval_seconds).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile ioos-qc==3.0.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import numpy
from ioos_qc import qartod

ph = numpy.ma.masked_invalid([8.1, numpy.nan, 8.2, 8.1])
by_range = qartod.gross_range_test(ph, fail_span=(0, 14), suspect_span=(7.5, 8.5))
by_spike = qartod.spike_test(ph, suspect_threshold=0.3, fail_threshold=0.6)
by_place = qartod.location_test(lon=[-124.0] * 4, lat=[49.0] * 4)
together = qartod.qartod_compare([by_range, by_spike, by_place])
print("range:", by_range, " spike:", by_spike, " place:", by_place, " aggregate:", together)
assert by_range.tolist() == [1, 9, 1, 1] and by_place.tolist() == [1, 1, 1, 1]
assert by_spike.tolist()[0] == 2
assert together.tolist() == [1, 1, 1, 1]
PYTHON
