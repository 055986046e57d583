#!/usr/bin/env bash
# PyPI SQLAlchemy 2.1.9, dialects.postgresql.Range.
# Expected: equal objects have equal hashes (Python, object.__hash__), so a set holds one of them.
# Happens: the ranges [1,5) and [1,4] of whole numbers are equal, rightly, but have different hashes: a set or
# a dict's keys hold both, and a lookup with the other one misses. What PostgreSQL gives back is always
# [1,5), so a range that was written as [1,4] is not found by the one that was read.
# Met by: code that removes duplicates of unit ranges, or keeps them as keys.
# We: turn ranges into first and last unit where they leave the database (domain's UnitRange).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile SQLAlchemy==2.1.9
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from sqlalchemy.dialects.postgresql import Range

written, read = Range(1, 4, bounds="[]"), Range(1, 5, bounds="[)")
print("equal:", written == read, "  in a set:", len({written, read}))
assert written == read
assert len({written, read}) == 2
PYTHON
