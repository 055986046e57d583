#!/usr/bin/env bash
# PyPI PyTOA5 1.0.1 with pandas 3.1.1: Campbell Scientific's logger files (TOA5).
# Expected: read_pandas gives the TIMESTAMP column as moments; it does so for a table of whole seconds.
# Happens: a logger that samples several times a second leaves out the fraction where it is nought
# (00:00:00, then 00:00:00.1). Such an index is then text, without a warning:
# slices by time sort as letters, resample() fails much later.
# Met by: whoever brings flux or sensor records into a monitoring report; those run at 10 or 20 Hz.
# We: keep the logger's file as it came, by its digest, and take no number from it by ourselves.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile PyTOA5==1.0.1 pandas==3.1.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import io
import pandas
import toa5

HEAD = (
    '"TOA5","station","CR1000X","1","CR1000X.Std.07.02","CPU:flux.CR1X","1","Flux"\n'
    '"TIMESTAMP","RECORD","CO2"\n"TS","RN","ppm"\n"","","Smp"\n'
)
slow = toa5.read_pandas(io.StringIO(HEAD + '"2024-01-01 00:00:00",0,400.1\n"2024-01-01 00:00:01",1,400.2\n'))
fast = toa5.read_pandas(io.StringIO(HEAD + '"2024-01-01 00:00:00",0,400.1\n"2024-01-01 00:00:00.1",1,400.2\n'))
print("1 Hz: ", slow.index.dtype)
print("10 Hz:", fast.index.dtype)
assert isinstance(slow.index, pandas.DatetimeIndex)
assert not isinstance(fast.index, pandas.DatetimeIndex)
PYTHON
